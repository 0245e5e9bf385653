package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

func newConfig() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "config",
		Short: "Check or print the settings",
		Args:  noCommand,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newConfigCheck(), newConfigPrint())
	return cmd
}

func newConfigCheck() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "check [file]",
		Short: "Report everything that is wrong with the settings",
		Long: "Check reads the settings as the server would, from the file, the environment\n" +
			"and the flags, and reports every problem it finds. It starts nothing.",
		Example: "everwire config check /etc/everwire.yaml",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usagef("%q takes one file, got %d", cmd.CommandPath(), len(args))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				if err := cmd.Flags().Set("config", args[0]); err != nil {
					return err
				}
			}
			s, err := loadSettings(cmd.Flags())
			if err != nil {
				return err
			}
			for _, c := range s.contradictions() {
				fmt.Fprintln(cmd.OutOrStdout(), "warning: "+c)
			}
			fmt.Fprintln(cmd.OutOrStdout(), "the settings are valid")
			return nil
		},
	}
	addSettings(cmd)
	return cmd
}

func newConfigPrint() *cobra.Command {
	var origin bool
	cmd := &cobra.Command{
		Use:   "print",
		Short: "Print the settings in effect, as a YAML file",
		Long: "Print shows every setting with the value in effect, in the form of a\n" +
			"configuration file. Secrets are not shown.",
		Example: "everwire config print --origin",
		Args:    noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := loadSettings(cmd.Flags())
			if err != nil {
				return err
			}
			fmt.Fprint(cmd.OutOrStdout(), s.yaml(origin))
			return nil
		},
	}
	addSettings(cmd)
	cmd.Flags().BoolVar(&origin, "origin", false, "tell where each value came from")
	return cmd
}

// yaml returns the settings as a YAML file, with a comment on each line that
// tells the value's origin if asked for.
func (s *settings) yaml(origin bool) string {
	var b strings.Builder
	section := ""
	for _, f := range s.Fields() {
		name, indent := f.Key, ""
		if head, rest, nested := strings.Cut(f.Key, "."); nested {
			if head != section {
				fmt.Fprintf(&b, "%s:\n", head)
			}
			section, name, indent = head, rest, "  "
		} else {
			section = ""
		}
		line := fmt.Sprintf("%s%s: %s", indent, name, f)
		if origin {
			line = fmt.Sprintf("%-44s # %s", line, s.source(f))
		}
		fmt.Fprintln(&b, line)
	}
	return b.String()
}
