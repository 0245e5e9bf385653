package shell_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/everwire/everwire/handlers/shell"
)

func FuzzDecodeControl(f *testing.F) {
	for _, s := range []string{
		openMessage,
		`{"type":"resize","cols":132,"rows":43}`,
		`{"type":"in","data":"ls\r\u0000\ud800"}`,
		`{"type":"resize","cols":1e3,"rows":43}`,
		`{"type":"resize","cols":99999999999999999999,"rows":43}`,
		`{"type":5}`, `[]`, `null`, `"open"`, `{`, "", "\xff",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := shell.DecodeControl(b)
		if err != nil {
			if msg := err.Error(); msg == "" || len(msg) > 400 || !utf8.ValidString(msg) {
				t.Errorf("unfit for a client: %q", msg)
			}
			return
		}
		switch c.Type {
		case "in":
		case "open", "resize":
			if c.Cols < 1 || c.Cols > 1000 || c.Rows < 1 || c.Rows > 1000 {
				t.Errorf("%d x %d passed", c.Cols, c.Rows)
			}
		default:
			t.Errorf("type %q passed", c.Type)
		}
	})
}

func TestUnknownFieldsAreIgnored(t *testing.T) {
	c, err := shell.DecodeControl([]byte(`{"type":"resize","cols":80,"rows":24,"xpixel":640}`))
	if err != nil || c.Cols != 80 || c.Rows != 24 {
		t.Errorf("got %+v, %v", c, err)
	}
}

func TestErrorsDoNotRepeatLongInput(t *testing.T) {
	_, err := shell.DecodeControl([]byte(`{"type":"` + strings.Repeat("é", 1000) + `"}`))
	if err == nil || len(err.Error()) > 400 {
		t.Errorf("got %v", err)
	}
}

func TestIncompleteCharacterIsKeptBack(t *testing.T) {
	for _, tt := range []struct {
		in   string
		want int
	}{
		{"", 0}, {"a", 0}, {"ä", 0}, {"€", 0}, {"😀", 0},
		{"a\xc3", 1}, {"\xe2", 1}, {"\xe2\x82", 2}, {"\xf0\x9f\x98", 3},
		{"\xff", 0}, {"\x80\x80\x80\x80", 0}, {"\xe2a", 0}, {"\xc3\xc3", 1},
		{"\xed\xa0", 0}, // begins a surrogate: never a character
	} {
		if got := shell.Incomplete([]byte(tt.in)); got != tt.want {
			t.Errorf("%q: %d, want %d", tt.in, got, tt.want)
		}
	}
}

func TestAccountIsReadFromPasswd(t *testing.T) {
	const passwd = "root:x:0:0:root:/root:/bin/bash\n" +
		"broken:x:1000\n" +
		"ada:x:1000:1000:Ada, of: course:/home/wrong:/bin/wrong\n" +
		"bob:x:1000:1000:Bob:/home/bob:/bin/zsh\n"
	if name, home, sh := shell.ReadAccount(strings.NewReader(passwd), 1000); name != "bob" || home != "/home/bob" || sh != "/bin/zsh" {
		t.Errorf("got %q %q %q", name, home, sh)
	}
	if name, home, sh := shell.ReadAccount(strings.NewReader(passwd), 7); name+home+sh != "" {
		t.Errorf("unknown user: got %q %q %q", name, home, sh)
	}
}

func TestLanguageMeansUTF8(t *testing.T) {
	for in, want := range map[string]string{
		"": "C.UTF-8", "C": "C.UTF-8", "de_DE": "C.UTF-8", "de_DE.ISO-8859-1": "C.UTF-8",
		"de_DE.UTF-8": "de_DE.UTF-8", "C.utf8": "C.utf8",
	} {
		if got := shell.Language(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
