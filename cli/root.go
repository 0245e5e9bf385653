package cli

import (
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/everwire/everwire/config"
)

const rootLong = `Everwire lets any browser hold a live conversation with this machine: a shell,
a chat, an echo. It is also a Socket.IO server.

Start it and open the address that it prints. The address carries a random
token, which logs you in; nobody else on this machine or elsewhere has it. The
server listens on 127.0.0.1 only. To reach it from other machines give it a
token and a certificate, or put a reverse proxy in front and name it.`

const rootExamples = `everwire                                  on 127.0.0.1:8080, with a random token
everwire --listen 127.0.0.1:0             on any free port
everwire --config /etc/everwire.yaml      with settings from a file
EVERWIRE_LOG_LEVEL=debug everwire         with a setting from the environment
everwire config print --origin            what is in effect, and why
everwire --listen :8443 --tls-cert cert.pem --tls-key key.pem
                                          for others, with EVERWIRE_TOKEN set`

// newRoot builds the command tree. The root command itself serves.
func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:           "everwire",
		Short:         "A shell, a chat and a Socket.IO server for any browser",
		Long:          rootLong,
		Example:       rootExamples,
		Version:       readVersion().Version,
		Args:          noCommand,
		RunE:          runServe,
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetVersionTemplate("everwire {{.Version}}\n")
	root.SetHelpFunc(help)
	root.SetUsageFunc(usage)
	root.SetFlagErrorFunc(flagError)
	addSettings(root)
	root.AddCommand(newServe(), newConfig(), newDesktop(), newHealth(), newVersion())
	return root
}

func newServe() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Run the server (what everwire alone does)",
		Long:  "Serve runs the server until SIGINT or SIGTERM, then lets sessions end within\ndrain_timeout. A second signal ends it at once.",
		Args:  noArguments,
		RunE:  runServe,
	}
	addSettings(cmd)
	return cmd
}

// noCommand refuses what follows the root command: it is a mistyped command.
func noCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	var names []string
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() {
			names = append(names, c.Name())
		}
	}
	return usagef("unknown command %q; %s", args[0],
		suggest(args[0], names, "", `"`+cmd.CommandPath()+` --help" lists the commands`))
}

func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return usagef("%q takes no argument, got %q", cmd.CommandPath(), args[0])
}

// flagError turns the flag parser's error into one line with a suggestion.
func flagError(cmd *cobra.Command, err error) error {
	unknown, ok := err.(*pflag.NotExistError)
	if !ok {
		return usagef("%s; see %q", err, cmd.CommandPath()+" --help")
	}
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	name, dashes := unknown.GetSpecifiedName(), "--"
	if letters := unknown.GetSpecifiedShortnames(); letters != "" {
		name, dashes = letters, "-" // "-listen" is read as the letters l, i, s, ...
	}
	return usagef("unknown flag %s%s; %s", dashes, name,
		suggest(name, names, "--", `"`+cmd.CommandPath()+` --help" lists the flags`))
}

// suggest returns a question with the nearest name, or else the remedy.
func suggest(name string, names []string, dashes, remedy string) string {
	if near := config.Nearest(strings.ReplaceAll(name, "_", "-"), names); near != "" {
		return "did you mean " + dashes + near + "?"
	}
	return remedy
}
