package streaming_test

import (
	"strings"
	"testing"

	"github.com/everwire/everwire/protocol/eio"
	"github.com/everwire/everwire/transports/streaming"
)

func TestFrames(t *testing.T) {
	for _, tt := range []struct {
		name         string
		transport    *streaming.Transport
		codec        eio.Codec
		packet, want string
	}{
		{"document of 0.9", streaming.HTMLFile, eio.Gen09, "1::", `<script>_("1::");</script>`},
		{"document of 0.9, slashes", streaming.HTMLFile, eio.Gen09, `5::/chat:{"name":"</a>"}`, `<script>_("5::\/chat:{\"name\":\"\u003c\/a>\"}");</script>`},
		{"document of 0.9, slash behind a backslash", streaming.HTMLFile, eio.Gen09, `4:::"a\\/b"`, `<script>_("4:::\"a\\\\\\u002fb\"");</script>`},
		{"document of 0.9, escaped slash", streaming.HTMLFile, eio.Gen09, `4:::"a\/\\\/b"`, `<script>_("4:::\"a\\\/\\\\\\\/b\"");</script>`},
		{"document of 0.6", streaming.HTMLFile, eio.Gen06, "~m~2~m~hi", `<script>parent.s._("~m~2~m~hi", document);</script>`},
		{"document of 0.6, not ASCII", streaming.HTMLFile, eio.Gen06, "~m~7~m~héllo €", `<script>parent.s._("~m~7~m~héllo €", document);</script>`},
		{"document of 0.6, slashes", streaming.HTMLFile, eio.Gen06, "a/</script>", `<script>parent.s._("a/\u003c/script>", document);</script>`},
		{"document of 0.4", streaming.HTMLFile, eio.Gen04, `{"messages":["hi","</x>"]}`, `<script>parent.s._({"messages":["hi","\u003c/x>"]}, document);</script>`},
		{"part", streaming.XHRMultipart, eio.Gen06, "~m~2~m~hi", "Content-Type: text/plain\n\n~m~2~m~hi\n--socketio\n"},
		{"event", streaming.EventSource, eio.V4, "4a\nb", `data: "4a\nb"` + "\n\n"},
		{"line", streaming.XHRStreaming, eio.V4, "4a\r\tb", `"4a\r\tb"` + "\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := tt.transport.Wrap(tt.codec, []byte(tt.packet))
			if err != nil || string(got) != tt.want {
				t.Errorf("got %s, %v\nwant %s", got, err, tt.want)
			}
		})
	}
}

func TestPreludes(t *testing.T) {
	for _, tt := range []struct {
		codec eio.Codec
		start string
		size  int
	}{
		{eio.Gen09, "<html><body><script>var _ = function (msg) { parent.s._(msg, document); };</script>", 256},
		{eio.Gen06, "<html><body>", 256},
		{eio.Gen04, "<html><body>", 255},
	} {
		got := streaming.HTMLFile.Prelude(tt.codec)
		if !strings.HasPrefix(got, tt.start) || len(got) != tt.size || strings.Trim(got[len(tt.start):], " ") != "" {
			t.Errorf("%s: %d bytes %q", tt.codec.Name(), len(got), got)
		}
	}
	if got := streaming.XHRMultipart.Prelude(eio.Gen06); got != "--socketio\n" {
		t.Errorf("multipart begins with %q", got)
	}
}
