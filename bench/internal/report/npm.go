package report

import (
	"encoding/json"
	"os"
	"path/filepath"
)

// NpmVersion returns the version of a package of npm that is installed in a
// folder, empty if it is not.
func NpmVersion(folder, name string) string {
	var p struct{ Version string }
	text, err := os.ReadFile(filepath.Join(folder, "node_modules", name, "package.json"))
	if err != nil || json.Unmarshal(text, &p) != nil {
		return ""
	}
	return p.Version
}
