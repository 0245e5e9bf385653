// Package config holds the settings of the everwire program: one tagged
// struct, its defaults and its validation.
//
// Every setting is one field of Config, and everything else follows from the
// field's tags: the key in a YAML file, the environment variable, the
// command-line flag, the default and the help text.
//
//	field              Config.Ping.Interval
//	key                ping.interval
//	YAML               ping: {interval: 25s}
//	environment        EVERWIRE_PING_INTERVAL=25s
//	flag               --ping-interval 25s
//
// The tags are:
//
//	key      name of the setting in its section
//	default  value as text; Default parses it
//	usage    one sentence for help, with the unit
//	group    heading under which help lists the flag
//	secret   "true" if the value must never be shown
//	oneof    the words a string, or an element of a list, may be, separated
//	         by "|"
//	min, max bounds of a number, of each in a list, or of a duration, both
//	         included
//	split    "space" if a list given as text is split at white space
//	         and not at commas
//
// A program takes Default, lets each of its sources set fields by key through
// Fields, and then calls Validate, which reports all that is wrong at once:
//
//	cfg := config.Default()
//	for _, f := range cfg.Fields() {
//		if text, ok := os.LookupEnv(f.Env); ok {
//			if err := f.Set(text); err != nil {
//				return err
//			}
//		}
//	}
//	return cfg.Validate()
//
// The package reads no file and no environment variable. It imports the
// standard library only.
package config
