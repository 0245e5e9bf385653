// Package cli is the everwire program: its commands, its settings and its
// errors. It is the place where the server, the handlers, the pages and the
// configuration meet; everything below can be used without it.
//
// The settings are those of package config. Each is looked for in four
// places, and the last one that has it wins:
//
//	defaults  <  file (--config or EVERWIRE_CONFIG)  <  environment  <  flags
//
// A name that no place knows is an error that suggests the nearest name, since
// a setting that is silently ignored may be the one that protects a shell.
//
// The exit code is 0 for success, 1 for a failure at work, and 2 for a command
// line, an environment or a file that has to be corrected.
package cli
