package public_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func read(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// blank replaces comments and the contents of strings, so that a search finds
// code only.
var blank = regexp.MustCompile(`//[^\n]*|/\*(?s:.*?)\*/|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'`)

// newer are signs of an ECMAScript later than 3, or of a DOM later than its
// browsers: not a parser, but what a hand slips into.
var newer = map[string]*regexp.Regexp{
	"let, const or class":      regexp.MustCompile(`\b(let|const|class|import|export|async|await|yield)\b`),
	"arrow function":           regexp.MustCompile(`=>`),
	"template string":          regexp.MustCompile("`"),
	"spread":                   regexp.MustCompile(`\.\.\.`),
	"trailing comma":           regexp.MustCompile(`,\s*[\]})]`),
	"getter or setter":         regexp.MustCompile(`\b(get|set)\s+\w+\s*\(`),
	"reserved word after dot":  regexp.MustCompile(`\.(default|catch|delete|class|for|if|in|new|return|this|typeof|with|try|finally)\b`),
	"operator":                 regexp.MustCompile(`\?\.|\?\?|\*\*`),
	"method of ECMAScript 5":   regexp.MustCompile(`\.(forEach|map|filter|some|every|reduce|indexOf|trim|bind|keys)\s*\(`),
	"object of ECMAScript 5":   regexp.MustCompile(`\b(JSON|Promise|Symbol|Map|Set)\b`),
	"DOM later than ES3's":     regexp.MustCompile(`\b(addEventListener|querySelector|textContent|classList|dataset|append)\b\s*\(?`),
	"character of a string":    regexp.MustCompile(`["']\s*\[`),
	"markup written by script": markup,
}

var markup = regexp.MustCompile(`\b(innerHTML|outerHTML|insertAdjacentHTML|document\.write|createContextualFragment|DOMParser|eval|Function)\b`)

func TestOldScriptsKeepToES3(t *testing.T) {
	names, err := filepath.Glob("age1/*.js")
	if err != nil || len(names) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	for _, name := range names {
		code := blank.ReplaceAllString(read(t, name), "''")
		for what, sign := range newer {
			if found := sign.FindString(code); found != "" {
				t.Errorf("%s: %s: %q", name, what, found)
			}
		}
	}
}

func TestBootScriptIsSmall(t *testing.T) {
	if n := len(read(t, "age1/boot.js")); n > 1024 {
		t.Errorf("boot.js has %d bytes, want at most 1024", n)
	}
}

var imported = regexp.MustCompile(`(?m)^(?:import|export)\s(?:[^;"'()]*\sfrom\s)?\s*["']([^"']+)["']`)

func TestModulesImportWhatExists(t *testing.T) {
	var about struct{ Dependencies map[string]string }
	if err := json.Unmarshal([]byte(read(t, "../package.json")), &about); err != nil {
		t.Fatal(err)
	}
	names, err := filepath.Glob("age3/*.js")
	if err != nil || len(names) == 0 {
		t.Fatalf("no modules: %v", err)
	}
	for _, name := range names {
		for _, m := range imported.FindAllStringSubmatch(read(t, name), -1) {
			if file, local := strings.CutPrefix(m[1], "./"); local {
				if !slices.Contains(names, filepath.Join("age3", file)) {
					t.Errorf("%s imports %s, which does not exist", name, m[1])
				}
			} else if about.Dependencies[m[1]] == "" {
				t.Errorf("%s imports %s, which package.json does not name", name, m[1])
			}
		}
	}
}

// What comes from a stranger becomes text, never markup.
func TestModulesWriteNoMarkup(t *testing.T) {
	names, _ := filepath.Glob("age3/*.js")
	for _, name := range names {
		code := blank.ReplaceAllString(read(t, name), "''")
		if found := markup.FindString(code); found != "" {
			t.Errorf("%s uses %s", name, found)
		}
	}
}

// The login script is served as it stands: its imports would not be found.
func TestLoginScriptStandsAlone(t *testing.T) {
	if m := imported.FindString(read(t, "age3/login.js")); m != "" {
		t.Errorf("login.js: %s", m)
	}
}

func TestStyleNamesNoHost(t *testing.T) {
	if found := regexp.MustCompile(`(?i)@import|url\(|https?:`).FindString(read(t, "css/everwire.css")); found != "" {
		t.Errorf("the style sheet loads something: %s", found)
	}
}

func TestLockFileNamesNoHost(t *testing.T) {
	text := read(t, "../package-lock.json")
	if strings.Contains(text, `"resolved"`) || strings.Contains(text, "://") {
		t.Error("package-lock.json names where packages came from; .npmrc has omit-lockfile-registry-resolved")
	}
	var lock struct {
		Packages map[string]struct{ Version, Integrity string }
	}
	if err := json.Unmarshal([]byte(text), &lock); err != nil {
		t.Fatal(err)
	}
	if len(lock.Packages) < 2 {
		t.Fatal("package-lock.json locks nothing")
	}
	for name, p := range lock.Packages {
		if name != "" && (p.Version == "" || !strings.HasPrefix(p.Integrity, "sha512-")) {
			t.Errorf("package-lock.json: %s has no version or no hash", name)
		}
	}
}
