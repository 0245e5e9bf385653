package cli

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/knadh/koanf/parsers/yaml"
	"github.com/knadh/koanf/providers/env/v2"
	"github.com/knadh/koanf/providers/posflag"
	"github.com/knadh/koanf/providers/rawbytes"
	"github.com/knadh/koanf/v2"
	"github.com/spf13/pflag"

	"github.com/everwire/everwire/config"
	"github.com/everwire/everwire/internal/xconnect"
)

// envConfig names the file, as --config does.
const envConfig = config.EnvPrefix + "CONFIG"

// settings are the values in effect and where each came from.
type settings struct {
	config.Config
	file   string            // path of the file that was read, or ""
	origin map[string]string // key → "file", "environment" or "flag"; absent for a default
}

// loadSettings reads the file, the environment and the flags, in this order,
// over the defaults, and validates the outcome. The error has all problems, or
// that the file cannot be read at all. The file is the one that
// --config names, else the one in EVERWIRE_CONFIG, else none.
func loadSettings(flags *pflag.FlagSet) (*settings, error) {
	s := &settings{Config: config.Default(), origin: map[string]string{}}
	s.file = os.Getenv(envConfig)
	if f := flags.Lookup("config"); f.Changed {
		s.file = f.Value.String()
	}
	var errs []error
	if s.file != "" {
		layer, err := s.readFile()
		if err != nil {
			return nil, err
		}
		errs = append(errs, s.apply("file", layer))
	}
	layer, err := s.readEnvironment()
	errs = append(errs, err, s.apply("environment", layer))
	// What could not be set has its default by now, so validation adds no
	// second complaint about it.
	errs = append(errs, s.apply("flag", s.readFlags(flags)), s.named(s.check()))
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return s, nil
}

// check validates the settings, with what the settings themselves cannot know.
func (s *settings) check() error {
	if err := s.Validate(); err != nil {
		return err
	}
	return errors.Join(checkRedis(&s.Redis))
}

// readFile parses the YAML file.
func (s *settings) readFile() (*koanf.Koanf, error) {
	text, err := os.ReadFile(s.file)
	if err != nil {
		return nil, usagef("cannot read the configuration: %v", err)
	}
	layer := koanf.New(".")
	if err := layer.Load(rawbytes.Provider(text), yaml.Parser()); err != nil {
		return nil, usagef("%s: %s", s.file, strings.ReplaceAll(err.Error(), "\n ", ""))
	}
	return layer, nil
}

// readEnvironment collects the variables with our prefix. An empty variable
// counts as not set, because that is what container files make of one.
func (s *settings) readEnvironment() (*koanf.Koanf, error) {
	keys := map[string]string{}
	names := []string{envConfig, xconnect.Variable}
	for _, f := range s.Fields() {
		keys[f.Env] = f.Key
		names = append(names, f.Env)
	}
	var errs []error
	layer := koanf.New(".")
	err := layer.Load(env.Provider(".", env.Opt{
		Prefix: config.EnvPrefix,
		TransformFunc: func(name, value string) (string, any) {
			key, known := keys[name]
			switch {
			case known && value != "":
				return key, value
			case name == xconnect.Variable:
				if err := badSwitch(value); err != nil {
					errs = append(errs, err)
				}
			case !known && name != envConfig && !foreign(name, value):
				errs = append(errs, usagef("unknown environment variable %s; %s", name,
					suggestVariable(name, names)))
			}
			return "", nil
		},
	}), nil)
	return layer, errors.Join(append(errs, err)...)
}

// foreign reports whether a variable with our prefix is no setting: our shells
// set EVERWIRE_SESSION, Kubernetes sets some for a service that is named
// everwire, and the test suite has its own.
func foreign(name, value string) bool {
	name = strings.TrimPrefix(name, config.EnvPrefix)
	return name == "SESSION" ||
		strings.HasPrefix(name, "TEST_") ||
		strings.HasPrefix(name, "SERVICE_") ||
		strings.HasPrefix(name, "PORT_") ||
		name == "PORT" && strings.Contains(value, "://")
}

// suggestVariable compares without the prefix, which all names share.
func suggestVariable(name string, names []string) string {
	var short []string
	for _, n := range names {
		short = append(short, strings.TrimPrefix(n, config.EnvPrefix))
	}
	if near := config.Nearest(strings.TrimPrefix(name, config.EnvPrefix), short); near != "" {
		return "did you mean " + config.EnvPrefix + near + "?"
	}
	return `"everwire --help" tells the names`
}

// readFlags collects the flags that were given.
func (s *settings) readFlags(flags *pflag.FlagSet) *koanf.Koanf {
	layer := koanf.New(".")
	// Load cannot fail here: the provider reports no errors, and the keys are
	// our own.
	_ = layer.Load(posflag.ProviderWithFlag(flags, ".", nil, func(f *pflag.Flag) (string, any) {
		v, ok := f.Value.(*settingFlag)
		if !ok || !f.Changed {
			return "", nil
		}
		return v.key, v.value()
	}), nil)
	return layer
}

// apply sets the fields that the layer has and reports all problems in it.
func (s *settings) apply(origin string, layer *koanf.Koanf) error {
	var errs []error
	for _, key := range layer.Keys() {
		value := layer.Get(key)
		field, known := s.Lookup(key)
		switch {
		case known:
			s.origin[key] = origin
			errs = append(errs, field.Set(value))
		case !s.emptySection(key, value):
			errs = append(errs, config.UnknownKey(key, value))
		}
	}
	return s.named(errors.Join(errs...))
}

// emptySection reports whether key is a section without content, as in
// "tls:" with all lines below it commented out.
func (s *settings) emptySection(key string, value any) bool {
	if m, isMap := value.(map[string]any); value != nil && (!isMap || len(m) > 0) {
		return false
	}
	for _, f := range s.Fields() {
		if strings.HasPrefix(f.Key, key+".") {
			return true
		}
	}
	return false
}

// named gives the joined *config.Errors in err the names that the user wrote:
// a flag, a variable, or a key in a file.
func (s *settings) named(err error) error {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return err
	}
	var errs []error
	for _, e := range joined.Unwrap() {
		if bad, ok := e.(*config.Error); ok {
			e = &config.Error{Key: s.nameOf(bad.Key), Problem: bad.Problem, Remedy: bad.Remedy}
		}
		errs = append(errs, e)
	}
	return errors.Join(errs...)
}

func (s *settings) nameOf(key string) string {
	field, known := s.Lookup(key)
	switch {
	case !known, s.origin[key] == "file":
		return fmt.Sprintf("%s: %s", s.file, key)
	case s.origin[key] == "environment":
		return field.Env
	case s.origin[key] == "flag":
		return "--" + field.Flag
	}
	return key
}

// contradictions says which settings were given that another outweighs.
func (s *settings) contradictions() (list []string) {
	for _, key := range s.Outweighed() {
		if _, given := s.origin[key]; given {
			list = append(list, fmt.Sprintf("%s has the last word: of %s, what only browsers of the past need is off", s.nameOf("modern"), s.nameOf(key)))
		}
	}
	return list
}

// source says in words where the field's value came from.
func (s *settings) source(f config.Field) string {
	if s.origin[f.Key] == "file" {
		return s.file
	}
	if _, set := s.origin[f.Key]; !set {
		return "default"
	}
	return s.nameOf(f.Key)
}
