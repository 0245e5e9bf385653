package transports_test

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/everwire/everwire/transports"
)

func TestScriptStrings(t *testing.T) {
	for text, want := range map[string]string{
		"":                       `""`,
		`0{"sid":"a\b"}`:         `"0{\"sid\":\"a\\b\"}"`,
		"a\nb\rc\td\x00\x1e\x7f": `"a\nb\rc\td\u0000\u001e\u007f"`,
		"</script><!--<b>x</b>":  `"\u003c/script>\u003c!--<b>x\u003c/b>"`,
		"\u2028\u2029\u2027\u202a é€😀\ufffd": `"\u2028\u2029` + "\u2027\u202a é€😀\ufffd" + `"`,
		"\xff\xc3": "\"\ufffd\ufffd\"",
		"<":        `"<"`,
	} {
		if got := string(transports.AppendScriptString(nil, []byte(text))); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

// FuzzAppendScriptString: whatever a message holds, it neither leaves its string
// nor the script around it, and means the same.
func FuzzAppendScriptString(f *testing.F) {
	for _, s := range []string{"", `"\`, "</script>", "<!--", "\u2028", "\xff", "<\u0000/", `\u003c/`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		out := string(transports.AppendScriptString(nil, text))
		for _, bad := range []string{"</", "<!", "\u2028", "\u2029", "\n", "\r"} {
			if strings.Contains(out, bad) {
				t.Fatalf("%q holds %q", out, bad)
			}
		}
		var back string
		if err := json.Unmarshal([]byte(out), &back); err != nil {
			t.Fatalf("%q: %v", out, err)
		}
		want := string(text)
		if !utf8.Valid(text) {
			back, want = strings.ReplaceAll(back, "\ufffd", ""), strings.ReplaceAll(strings.ToValidUTF8(want, ""), "\ufffd", "")
		}
		if back != want {
			t.Fatalf("%q came back as %q", text, back)
		}
	})
}
