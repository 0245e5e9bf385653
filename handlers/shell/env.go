package shell

import (
	"bufio"
	"cmp"
	"io"
	"maps"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// sessionVar marks the processes of a shell. Its value is random and
// authorises nothing.
const sessionVar = "EVERWIRE_SESSION"

// account is the user that the server, and so the shell, runs as.
type account struct{ name, home, shell string }

// currentAccount looks the user up in /etc/passwd. What is missing there, as
// for users of a directory service, comes from the system or is guessed.
func currentAccount() account {
	var a account
	if f, err := os.Open("/etc/passwd"); err == nil {
		a = readAccount(f, os.Getuid())
		f.Close()
	}
	if a.name == "" || a.home == "" {
		if u, err := user.Current(); err == nil {
			a.name, a.home = cmp.Or(a.name, u.Username), cmp.Or(a.home, u.HomeDir)
		}
	}
	if refusesLogin(a.shell) {
		a.shell = ""
	}
	a.name = cmp.Or(a.name, strconv.Itoa(os.Getuid()))
	a.home = cmp.Or(a.home, "/")
	a.shell = cmp.Or(a.shell, os.Getenv("SHELL"), "/bin/sh")
	return a
}

// readAccount finds uid in a passwd file: name:password:uid:gid:info:home:shell.
func readAccount(r io.Reader, uid int) account {
	want := strconv.Itoa(uid)
	for s := bufio.NewScanner(r); s.Scan(); {
		if f := strings.Split(s.Text(), ":"); len(f) == 7 && f[2] == want {
			return account{name: f[0], home: f[5], shell: f[6]}
		}
	}
	return account{}
}

// refusesLogin reports whether a shell is there to turn users away.
func refusesLogin(shell string) bool {
	switch filepath.Base(shell) {
	case "nologin", "false", "true", "sync":
		return true
	}
	return false
}

// environment returns the shell's whole environment, sorted.
func environment(cfg *Config, a account, label string) []string {
	env := map[string]string{
		"PATH":         searchPath(a.home),
		"HOME":         a.home,
		"USER":         a.name,
		"LOGNAME":      a.name,
		"SHELL":        a.shell,
		"LANG":         language(os.Getenv("LANG")),
		"TERM":         cfg.Term,
		"COLORTERM":    "truecolor",
		"TERM_PROGRAM": "everwire",
	}
	if cfg.Version != "" {
		env["TERM_PROGRAM_VERSION"] = cfg.Version
	}
	maps.Copy(env, cfg.Env)
	env[sessionVar] = label // last: it is how the shell's processes are found

	list := make([]string, 0, len(env))
	for _, name := range slices.Sorted(maps.Keys(env)) {
		list = append(list, name+"="+env[name])
	}
	return list
}

// searchPath is the usual PATH, after the user's own directories of programs.
func searchPath(home string) string {
	path := "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
	for _, dir := range []string{".local/bin", "bin"} {
		dir = filepath.Join(home, dir)
		if fi, err := os.Stat(dir); err == nil && fi.IsDir() && dir != "/bin" {
			path = dir + ":" + path
		}
	}
	return path
}

// language returns lang if it means UTF-8, which is what browsers send and
// show.
func language(lang string) string {
	l := strings.ToLower(lang)
	if strings.HasSuffix(l, ".utf-8") || strings.HasSuffix(l, ".utf8") {
		return lang
	}
	return "C.UTF-8"
}
