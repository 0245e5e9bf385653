package cli

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/everwire/everwire/config"
)

// settingFlag collects what was given for one setting. What it means is
// decided where the layers are put together, so that a flag, a variable and a
// file have the same rules and the same errors.
type settingFlag struct {
	key   string
	form  string
	list  bool
	texts []string
}

// String returns what was given; it is part of pflag.Value.
func (v *settingFlag) String() string { return strings.Join(v.texts, ",") }

// Set takes what was given; the last time counts, except for a list.
func (v *settingFlag) Set(text string) error {
	if !v.list {
		v.texts = nil
	}
	v.texts = append(v.texts, text)
	return nil
}

// Type is the placeholder in help.
func (v *settingFlag) Type() string { return v.form }

// value returns text, or for a list flag given several times its elements.
func (v *settingFlag) value() any {
	if len(v.texts) == 1 {
		return v.texts[0]
	}
	return v.texts
}

// addSettings gives the command a flag for every setting, and --config.
func addSettings(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.String("config", "", "YAML file with settings")
	_ = cmd.MarkFlagFilename("config", "yaml", "yml")
	var cfg config.Config
	for _, f := range cfg.Fields() {
		flag := flags.VarPF(&settingFlag{key: f.Key, form: f.Form(), list: f.List()}, f.Flag, "", f.Usage)
		if f.Bool() {
			flag.NoOptDefVal = "true"
		}
	}
}
