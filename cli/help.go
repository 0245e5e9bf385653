package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/everwire/everwire/config"
)

const settingsNote = `Every flag is also an environment variable and a key in the YAML file. The
last of file, environment and flags wins:

  --ping-interval 30s      EVERWIRE_PING_INTERVAL=30s      ping: {interval: 30s}

A duration has a unit (25s, 500ms). A list is separated by commas, the words of
a command by spaces; a flag given several times has one element each time.
Other users of this machine can read a command line: give the token in the
environment or in a file.

One switch is only in the environment, since Go reads it before all else:
EVERWIRE_H2_WEBSOCKET=1 serves HTTP/2 over TLS, with WebSockets as its streams.

Exit code: 0 success, 1 failure, 2 wrong flags or settings.`

// help prints a command's description and usage.
func help(cmd *cobra.Command, _ []string) {
	out := cmd.OutOrStdout()
	if text := cmd.Long; text != "" {
		fmt.Fprintf(out, "%s\n\n", text)
	} else {
		fmt.Fprintf(out, "%s.\n\n", cmd.Short)
	}
	writeUsage(out, cmd)
}

// usage prints how a command is used.
func usage(cmd *cobra.Command) error {
	writeUsage(cmd.OutOrStderr(), cmd)
	return nil
}

func writeUsage(out io.Writer, cmd *cobra.Command) {
	fmt.Fprintf(out, "Usage:\n  %s\n", cmd.UseLine())
	if cmd.HasAvailableSubCommands() {
		fmt.Fprintf(out, "\nCommands:\n")
		for _, c := range cmd.Commands() {
			if c.IsAvailableCommand() || c.Name() == "help" {
				writeEntry(out, c.Name(), c.Short)
			}
		}
	}
	if cmd.Example != "" {
		fmt.Fprintf(out, "\nExamples:\n  %s\n", strings.ReplaceAll(cmd.Example, "\n", "\n  "))
	}
	if cmd.Flags().Lookup("listen") == nil {
		writeOwnFlags(out, cmd)
		return
	}
	if serves := !cmd.HasParent() || cmd.Name() == "serve"; !serves {
		writeOwnFlags(out, cmd)
		fmt.Fprintf(out, "\nAll flags of \"everwire serve\" are taken too.\n")
		return
	}
	writeSettings(out)
	writeOwnFlags(out, cmd)
	fmt.Fprintf(out, "\n%s\n", settingsNote)
}

// writeSettings lists the settings under their headings.
func writeSettings(out io.Writer) {
	var cfg config.Config
	group := ""
	for _, f := range cfg.Fields() {
		if f.Group != group {
			group = f.Group
			fmt.Fprintf(out, "\n%s:\n", group)
		}
		name, usage := "--"+f.Flag, f.Usage
		switch {
		case f.Bool() && f.Default == "true":
			name += "=false"
			usage = "do not " + usage
		case !f.Bool():
			name += " " + f.Form()
			if f.Default != "" {
				usage += " (" + f.Default + ")"
			}
		}
		writeEntry(out, name, usage)
	}
}

// writeOwnFlags lists the flags that are no settings.
func writeOwnFlags(out io.Writer, cmd *cobra.Command) {
	title := "\nFlags:\n"
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if _, setting := f.Value.(*settingFlag); setting || f.Hidden {
			return
		}
		name := "--" + f.Name
		if f.Shorthand != "" {
			name = "-" + f.Shorthand + ", " + name
		}
		if f.Name == "config" {
			name += " file"
		}
		fmt.Fprint(out, title)
		title = ""
		writeEntry(out, name, f.Usage)
	})
}

// writeEntry prints a name and its meaning in two columns, or below each
// other if the name is long.
func writeEntry(out io.Writer, name, meaning string) {
	const column = 38
	if len(name) > column-2 {
		fmt.Fprintf(out, "  %s\n  %-*s%s\n", name, column, "", meaning)
		return
	}
	fmt.Fprintf(out, "  %-*s%s\n", column, name, meaning)
}
