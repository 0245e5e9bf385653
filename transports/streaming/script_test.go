package streaming_test

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/everwire/everwire/protocol/eio"
	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/transports/streaming"
)

// hostile is what must not leave its string, its script or its event.
var hostile = []string{
	"", "hello", "héllo € 𝄞", `"`, `\`, `\"`, `\\"`, "</script><script>alert(1)</script>", "<!--<script>", "-->", "]]>",
	"\u2028alert(1)\u2029", "\n\nevent: end\ndata: null\n\n", "a\rb\r\nc\x00\x1f\x7f", "\xff\xfe", "\xe2\x80", "</SCRIPT ", "<\x00/script>", `\u003c/script`,
	"\ufeff", "&lt;", `');alert(1)//`, `${alert(1)}`,
}

// random returns a string of what is dangerous, and some bytes between.
func random(r *rand.Rand) string {
	var b strings.Builder
	for range r.IntN(12) {
		if r.IntN(3) == 0 {
			b.WriteByte(byte(r.IntN(256)))
			continue
		}
		b.WriteString(hostile[r.IntN(len(hostile))])
	}
	return b.String()
}

// confined checks that a framed string cannot be anything but a string: to HTML,
// to ECMAScript of any age, and to a reader of lines.
func confined(t *testing.T, quoted []byte, s string) {
	t.Helper()
	if bytes.ContainsAny(quoted, "<\u2028\u2029\x7f") || bytes.ContainsFunc(quoted, func(r rune) bool { return r < ' ' }) || !utf8.Valid(quoted) {
		t.Errorf("%q lets something through: %q", s, quoted)
	}
	var got string
	if err := json.Unmarshal(quoted, &got); err != nil {
		t.Fatalf("%q became %q: %v", s, quoted, err)
	}
	if want := strings.ToValidUTF8(s, "\ufffd"); utf8.ValidString(s) && got != want {
		t.Errorf("%q became %q", s, got)
	}
}

func TestNothingLeavesItsString(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	all := hostile
	for range 3_000 {
		all = append(all, random(r))
	}
	for _, s := range all {
		for _, slashes := range []bool{false, true} {
			quoted := streaming.AppendString(nil, []byte(s), slashes)
			confined(t, quoted, s)
			if slashes && strings.Contains(strings.ReplaceAll(string(quoted), `\/`, ""), "/") {
				t.Errorf("a slash is left in %q", quoted)
			}
		}
	}
}

func FuzzAppendString(f *testing.F) {
	for _, s := range hostile {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		confined(t, streaming.AppendString(nil, []byte(s), false), s)
		confined(t, streaming.AppendString(nil, []byte(s), true), s)
	})
}

func TestJSONKeepsItsMeaning(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 300 {
		value := map[string]any{random(r): []any{random(r), 1.5, nil, true, map[string]any{"<": random(r)}}}
		var b bytes.Buffer
		enc := json.NewEncoder(&b)
		enc.SetEscapeHTML(false)
		enc.Encode(value)
		out := streaming.AppendJSON(nil, b.Bytes())
		if bytes.ContainsAny(out, "<\u2028\u2029") {
			t.Errorf("something is let through: %s", out)
		}
		var want, got any
		json.Unmarshal(b.Bytes(), &want)
		if err := json.Unmarshal(out, &got); err != nil {
			t.Fatalf("%s: %v", out, err)
		}
		if a, b := canonical(t, got), canonical(t, want); a != b {
			t.Errorf("%s became %s", b, a)
		}
	}
}

func canonical(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestNoPacketBreaksOut looks at whole pieces: a document has one script for
// each packet, and an event stream one event.
func TestNoPacketBreaksOut(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 1_000 {
		s := []byte(random(r))
		quoted, _ := json.Marshal(string(s))
		for _, d := range []struct {
			codec  eio.Codec
			packet []byte
		}{{eio.Gen09, s}, {eio.Gen06, s}, {eio.Gen04, append(append([]byte(`{"messages":[`), quoted...), `]}`...)}} {
			out, err := streaming.HTMLFile.Wrap(d.codec, d.packet)
			if err != nil {
				t.Fatal(err)
			}
			inner, ok := bytes.CutPrefix(out, []byte("<script>"))
			inner, ok2 := bytes.CutSuffix(inner, []byte(");</script>"))
			if !ok || !ok2 || bytes.ContainsAny(inner, "<\n\r\u2028\u2029") {
				t.Errorf("%s wrote %q", d.codec.Name(), out)
			}
		}
		out, err := streaming.EventSource.Wrap(eio.V4, s)
		if err != nil {
			t.Fatal(err)
		}
		line, ok := bytes.CutSuffix(out, []byte("\n\n"))
		if !ok || !bytes.HasPrefix(line, []byte(`data: "`)) || bytes.ContainsAny(line, "\r\n\x00") {
			t.Errorf("the event is %q", out)
		}
	}
}

func TestWhatIsNoJSONIsNoScript(t *testing.T) {
	for _, s := range []string{"alert(1)", `{"messages":[alert(1)]}`, "", `{"messages":["a"]}, alert(1)`} {
		if out, err := streaming.HTMLFile.Wrap(eio.Gen04, []byte(s)); err == nil {
			t.Errorf("%s became %s", s, out)
		}
	}
}

func TestNoPartWithinAPart(t *testing.T) {
	for _, s := range []string{"\n--socketio\nContent-Type: text/plain\n\n~m~2~m~hi", "--socketio--"} {
		if out, err := streaming.XHRMultipart.Wrap(eio.Gen06, []byte(s)); err == nil {
			t.Errorf("%q became %q", s, out)
		}
	}
}

// Somebody's words may have the boundary in them. They arrive, as JSON where
// text cannot say them otherwise, and end nobody's session.
func TestTheBoundaryAsText(t *testing.T) {
	const text = "a \n--socketio\n--socketio-- b"
	for _, codec := range []eio.Codec{eio.Gen06, eio.Gen04} {
		for _, p := range []session.Packet{
			{Type: session.PacketMessage, Kind: session.Text, Data: []byte(text)},
			{Type: session.PacketMessage, Kind: session.JSON, Data: []byte(`{"x":"--socketio"}`)},
		} {
			packet, _, err := codec.AppendMessage(nil, p)
			if err != nil {
				t.Fatal(err)
			}
			out, err := streaming.XHRMultipart.Wrap(codec, packet)
			if err != nil || strings.Count(string(out), "--socketio") != 1 {
				t.Fatalf("%s: %q, %v", packet, out, err)
			}
			body := strings.TrimSuffix(strings.TrimPrefix(string(out), "Content-Type: text/plain\n\n"), "\n--socketio\n")
			var got any
			if codec == eio.Gen04 {
				var all struct{ Messages []any }
				if err := json.Unmarshal([]byte(body), &all); err != nil || len(all.Messages) != 1 {
					t.Fatalf("%q: %v", body, err)
				}
				got = all.Messages[0]
			} else {
				for q, err := range codec.DecodePayload([]byte(body)) {
					if err != nil || json.Unmarshal(q.Data, &got) != nil {
						t.Fatalf("%q: %v", body, err)
					}
				}
			}
			want := any(text)
			if p.Kind == session.JSON {
				want = map[string]any{"x": "--socketio"}
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("%q, want %q", got, want)
			}
		}
	}
}
