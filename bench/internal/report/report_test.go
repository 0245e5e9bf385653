package report_test

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/everwire/everwire/bench/internal/report"
)

func TestTable(t *testing.T) {
	table := report.NewTable("server", "CPU", "ratio")
	table.Row("a|b", "1.5", "1.00")
	table.Row("c")
	var out strings.Builder
	table.Print(&out)
	const want = "| server | CPU | ratio |\n" +
		"|---|---:|---:|\n" +
		"| a\\|b | 1.5 | 1.00 |\n" +
		"| c |  |  |\n\n"
	if out.String() != want {
		t.Errorf("got\n%swant\n%s", &out, want)
	}
	defer func() {
		if recover() == nil {
			t.Error("a row may be longer than the head")
		}
	}()
	table.Row("1", "2", "3", "4")
}

func TestFiguresHaveThreeDigits(t *testing.T) {
	for _, c := range []struct {
		value         float64
		figure, ratio string
	}{
		{0, "0.00", "0.00"},
		{0.4567, "0.46", "0.46"},
		{9.994, "9.99", "9.99"},
		{9.996, "10.0", "10.00"},
		{12.345, "12.3", "12.35"},
		{99.96, "100", "99.96"},
		{54321.6, "54322", "54321.60"},
		{-12.34, "-12.3", "-12.34"},
		{math.NaN(), "–", "–"},
		{math.Inf(1), "–", "–"},
	} {
		if got := report.Figure(c.value); got != c.figure {
			t.Errorf("figure of %v: %q, want %q", c.value, got, c.figure)
		}
		if got := report.Ratio(c.value); got != c.ratio {
			t.Errorf("ratio of %v: %q, want %q", c.value, got, c.ratio)
		}
	}
	if got := report.Span(1.234, 56.78); got != "1.23 to 56.8" {
		t.Errorf("span: %q", got)
	}
	if got := report.Span(math.NaN(), math.NaN()); got != "–" {
		t.Errorf("span of nothing: %q", got)
	}
}

func TestMachineNamesNoHost(t *testing.T) {
	line := report.Machine(time.Date(2031, 2, 3, 23, 0, 0, 0, time.FixedZone("", -7200)))
	if !strings.HasPrefix(line, "2031-02-04 · ") {
		t.Errorf("the date is not that of UTC: %s", line)
	}
	if !strings.Contains(line, " · Go 1.") {
		t.Errorf("no Go version: %s", line)
	}
	if host, err := os.Hostname(); err == nil && len(host) > 3 && strings.Contains(line, host) {
		t.Errorf("names the host: %s", line)
	}
}

func TestCPUModel(t *testing.T) {
	const info = "processor\t: 0\nmodel\t\t: 85\nmodel name\t: Fast(R)  CPU @ 2.50GHz\n\nmodel name\t: other\n"
	if got := report.CPUModel([]byte(info)); got != "Fast(R) CPU @ 2.50GHz" {
		t.Errorf("%q", got)
	}
	if got := report.CPUModel([]byte("processor: 0\n")); got != "" {
		t.Errorf("%q of nothing", got)
	}
}

func TestReplaceLeavesTheRestAlone(t *testing.T) {
	const before = "# Title\n<!-- ws: begin -->\nold\ntext\n<!-- ws: end -->\ntail\n"
	file := filepath.Join(t.TempDir(), "doc.md")
	write := func(text string) {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	read := func() string {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	write(before)
	if err := report.Replace(file, "ws", "new\n"); err != nil {
		t.Fatal(err)
	}
	if got, want := read(), "# Title\n<!-- ws: begin -->\nnew\n<!-- ws: end -->\ntail\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	for _, damaged := range []string{"", "<!-- ws: end -->\n<!-- ws: begin -->\n", "<!-- ws: begin -->\n"} {
		write(damaged)
		if err := report.Replace(file, "ws", "new\n"); err == nil {
			t.Errorf("%q was taken for a document", damaged)
		}
		if got := read(); got != damaged {
			t.Errorf("%q has become %q", damaged, got)
		}
	}
}
