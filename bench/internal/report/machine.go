package report

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"
)

// Machine returns one line about when and with what the figures were found. The
// Go version is that of the measuring program, which also built the servers.
func Machine(now time.Time) string {
	parts := []string{
		now.UTC().Format(time.DateOnly),
		fmt.Sprintf("%d CPUs", runtime.NumCPU()),
	}
	if text, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		if model := cpuModel(text); model != "" {
			parts = append(parts, model)
		}
	}
	if text, err := os.ReadFile("/proc/sys/kernel/osrelease"); err == nil {
		parts = append(parts, "Linux "+strings.TrimSpace(string(text)))
	}
	parts = append(parts, strings.Replace(runtime.Version(), "go", "Go ", 1))
	if text, err := exec.Command("node", "--version").Output(); err == nil {
		parts = append(parts, "Node "+strings.TrimSpace(strings.TrimPrefix(string(text), "v")))
	}
	return strings.Join(parts, " · ")
}

// cpuModel finds the first model in the text of /proc/cpuinfo.
func cpuModel(text []byte) string {
	for line := range bytes.Lines(text) {
		name, value, _ := strings.Cut(string(line), ":")
		if strings.TrimSpace(name) == "model name" {
			return strings.Join(strings.Fields(value), " ")
		}
	}
	return ""
}
