package cli

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
)

// firstActivated is the descriptor of the first socket that systemd passes
// (SD_LISTEN_FDS_START of sd_listen_fds(3)).
const firstActivated = 3

// activatedListener is a listening socket that systemd has opened.
type activatedListener struct {
	net.Listener
	// name is the FileDescriptorName= of the socket's unit, by default the
	// unit's own name.
	name string
}

// activatedListeners returns the listening sockets that systemd has passed to
// this process, and takes the variables that tell of them out of the
// environment, so that no child believes them. It is called once. What is no
// listening stream is an error and left out; the others are returned with it.
func activatedListeners() ([]activatedListener, error) {
	defer func() {
		for _, name := range []string{"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"} {
			os.Unsetenv(name)
		}
	}()
	return activatedFrom(os.Getenv, firstActivated)
}

func activatedFrom(env func(string) string, first int) ([]activatedListener, error) {
	if env("LISTEN_PID") != strconv.Itoa(os.Getpid()) {
		return nil, nil // meant for a parent of ours, or not there
	}
	count, err := strconv.Atoi(env("LISTEN_FDS"))
	if err != nil || count < 0 {
		return nil, fmt.Errorf("LISTEN_FDS is %q, no count", env("LISTEN_FDS"))
	}
	names := strings.Split(env("LISTEN_FDNAMES"), ":")
	var all []activatedListener
	var errs []error
	for i := range count {
		name := "unknown" // as sd_listen_fds_with_names(3) has it
		if i < len(names) && names[i] != "" {
			name = names[i]
		}
		file := os.NewFile(uintptr(first+i), name)
		if file == nil {
			errs = append(errs, fmt.Errorf("socket %s: no such descriptor", name))
			continue
		}
		ln, err := net.FileListener(file) // a duplicate, which children do not inherit
		file.Close()
		if err != nil {
			errs = append(errs, fmt.Errorf("socket %s: %w", name, err))
			continue
		}
		all = append(all, activatedListener{ln, name})
	}
	return all, errors.Join(errs...)
}
