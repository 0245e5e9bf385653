package report

import (
	"fmt"
	"os"
	"strings"
)

// Replace puts text into a file between the lines
//
//	<!-- NAME: begin -->
//	<!-- NAME: end -->
//
// in place of what is there. The rest of the file stays as it is.
func Replace(file, name, text string) error {
	old, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	renewed, err := replace(string(old), name, text)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return os.WriteFile(file, []byte(renewed), 0o644)
}

func replace(document, name, text string) (string, error) {
	begin, end := "<!-- "+name+": begin -->\n", "<!-- "+name+": end -->\n"
	before, rest, found := strings.Cut(document, begin)
	_, after, closed := strings.Cut(rest, end)
	if !found || !closed {
		return "", fmt.Errorf("no lines %q and %q in this order", strings.TrimSpace(begin), strings.TrimSpace(end))
	}
	return before + begin + text + end + after, nil
}
