package config

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// minToken is the shortest fixed token. A guess costs an attacker a minute
// for every few tries, so 16 characters of any alphabet are out of reach.
const minToken = 16

// Validate reports everything that is wrong with c at once: nil, or the
// joined *Errors, one for each problem. It looks at values only, not at the
// files they name.
func (c *Config) Validate() error {
	var errs []error
	for _, f := range c.Fields() {
		errs = append(errs, f.checkWord(), f.checkBounds(), f.checkHidden())
	}
	errs = append(errs, c.checkListen(), c.checkToken(), c.checkTLS(), c.checkShell(), c.checkAdmin(), c.checkModern(), c.checkExposure(), c.checkRedis())
	for _, o := range c.AllowOrigin {
		errs = append(errs, checkOrigin(o))
	}
	return errors.Join(errs...)
}

// checkHidden refuses what is shown for a secret: everybody knows it.
func (f Field) checkHidden() error {
	if f.Secret && f.Value() == Hidden {
		return &Error{Key: f.Key, Problem: "is what is printed in the place of a secret", Remedy: "put the secret itself there"}
	}
	return nil
}

// Loopback reports whether Listen is an address that only programs on this
// machine can reach. A host name other than localhost is not: what it means
// is decided elsewhere.
func (c *Config) Loopback() bool {
	host, _, err := net.SplitHostPort(c.Listen)
	if err != nil {
		return false
	}
	if strings.EqualFold(host, "localhost") {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.IsLoopback()
}

// Exposed reports whether other machines can reach the server and nothing
// guards what they send: Listen is not a loopback address, and there is
// neither a fixed token together with TLS nor a trusted proxy in front.
// Validate refuses that unless Unprotected is set.
func (c *Config) Exposed() bool {
	login := c.Token != "" && c.TLS.Cert != "" && c.TLS.Key != ""
	return !c.Loopback() && !login && len(c.TrustedProxy) == 0
}

func (c *Config) checkExposure() error {
	if !c.Exposed() || c.Unprotected || c.checkListen() != nil {
		return nil
	}
	return &Error{Key: "listen",
		Problem: strconv.Quote(c.Listen) + " can be reached from other machines without protection",
		Remedy: "set token, tls.cert and tls.key, or name the reverse proxy in trusted_proxy, " +
			"or listen on 127.0.0.1, or say --i-know-this-is-a-remote-shell-without-protection"}
}

func (c *Config) checkListen() error {
	_, port, err := net.SplitHostPort(c.Listen)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err != nil {
		return &Error{Key: "listen", Problem: strconv.Quote(c.Listen) + " is not host:port",
			Remedy: `give for example "127.0.0.1:8080"`}
	}
	return nil
}

// checkToken wants what fits a URL's fragment and a header as it is.
func (c *Config) checkToken() error {
	fault := func(problem string) error {
		return &Error{Key: "token", Problem: problem,
			Remedy: "leave it empty for a random one, or use the output of: openssl rand -hex 32"}
	}
	if c.Token == "" {
		return nil
	}
	for _, b := range []byte(c.Token) {
		if b <= ' ' || b >= 0x7f {
			return fault("has a character that is not printable ASCII or is a space")
		}
	}
	if len(c.Token) < minToken {
		return fault(fmt.Sprintf("is shorter than %d characters", minToken))
	}
	return nil
}

func (c *Config) checkTLS() error {
	if (c.TLS.Cert == "") == (c.TLS.Key == "") {
		return nil
	}
	missing, present := "tls.cert", "tls.key"
	if c.TLS.Key == "" {
		missing, present = present, missing
	}
	return &Error{Key: missing, Problem: "missing, but " + present + " is set",
		Remedy: "give both files or none"}
}

func (c *Config) checkShell() error {
	if len(c.Shell.Command) > 0 && c.Shell.Command[0] == "" {
		return &Error{Key: "shell.command", Problem: "the program's name is empty",
			Remedy: "give the program first, or leave the list empty for the login shell"}
	}
	return nil
}

// checkAdmin wants a login for the admin page.
func (c *Config) checkAdmin() error {
	switch {
	case !c.AdminOn():
		return nil
	case c.Admin.Username == "":
		return &Error{Key: "admin.username", Problem: "empty", Remedy: "give a name, or set admin.mode to off"}
	case len(c.Admin.Password) < minToken:
		return &Error{Key: "admin.password", Problem: fmt.Sprintf("is missing or shorter than %d characters", minToken),
			Remedy: "use the output of: openssl rand -hex 32, or set admin.mode to off"}
	}
	return nil
}

// checkModern wants a transport and a generation to be left. An empty list is
// reported already.
func (c *Config) checkModern() error {
	if len(c.Transports) > 0 && len(c.TransportsOn()) == 0 {
		return &Error{Key: "transports", Problem: "modern leaves none of them",
			Remedy: "add polling or websocket, or do without modern"}
	}
	if len(c.Generations) > 0 && len(c.GenerationsOn()) == 0 {
		return &Error{Key: "generations", Problem: "modern leaves none of them",
			Remedy: "add Gen4 or Gen3, or do without modern"}
	}
	return nil
}

// checkOrigin accepts an exact tuple as in RFC 6454 section 6.2.
func checkOrigin(origin string) error {
	fault := func(problem string) error {
		return &Error{Key: "allow_origin", Problem: strconv.Quote(origin) + " " + problem,
			Remedy: `give exactly scheme://host or scheme://host:port, such as "https://example.org"`}
	}
	if strings.Contains(origin, "*") {
		return fault("is a pattern, and patterns are not supported")
	}
	u, err := url.Parse(origin)
	switch {
	case err != nil, u.Scheme == "", u.Hostname() == "":
		return fault("is not an origin")
	case u.User != nil, u.Path != "", u.RawQuery != "", u.ForceQuery, u.Fragment != "", strings.Contains(origin, "#"):
		return fault("has more than a scheme, a host and a port")
	case strings.HasSuffix(u.Host, ":"):
		return fault("has an empty port")
	}
	if err := checkHost(u.Host, u.Hostname()); err != nil {
		return &Error{Key: "allow_origin", Problem: strconv.Quote(origin) + " " + err.Error(),
			Remedy: `give the host as browsers send it: an address, or a name of ASCII letters, digits, "-", "_" and ` +
				`single dots; a name in another script has a form that begins with "xn--" (punycode)`}
	}
	if port := u.Port(); port != "" {
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 || port[0] == '0' {
			return fault("has an impossible port")
		}
	}
	return nil
}

// checkHost accepts the host of an origin as browsers send it: an IPv6 address
// in brackets and without a zone, or a name or IPv4 address. A name in another
// script than Latin travels in its ASCII form (RFC 5890 section 2.3.2.1).
func checkHost(host, name string) error {
	if strings.HasPrefix(host, "[") {
		if addr, err := netip.ParseAddr(name); err != nil || !addr.Is6() || addr.Zone() != "" {
			return errors.New("has an impossible address")
		}
		return nil
	}
	if len(name) > 253 {
		return errors.New("has a host of more than 253 characters")
	}
	for label := range strings.SplitSeq(name, ".") {
		if label == "" {
			return errors.New("has a host with an empty part")
		}
		for _, c := range []byte(label) {
			letter := c|0x20 >= 'a' && c|0x20 <= 'z'
			if !letter && (c < '0' || c > '9') && c != '-' && c != '_' {
				return errors.New("has a host with a character that no browser sends")
			}
		}
	}
	return nil
}

// checkWord holds a string, or each of a list, with a fixed set of words to
// that set.
func (f Field) checkWord() error {
	oneof := f.tag.Get("oneof")
	if oneof == "" {
		return nil
	}
	words := strings.Split(oneof, "|")
	given := []string{f.value.String()}
	if list, ok := f.value.Interface().([]string); ok {
		given = list
		if len(list) == 0 {
			return &Error{Key: f.Key, Problem: "the list is empty", Remedy: "give one or more of " + strings.Join(words, ", ")}
		}
	}
	for _, word := range given {
		if slices.Contains(words, word) {
			continue
		}
		remedy := "give one of " + strings.Join(words, ", ")
		if near := nearestWord(word, words); near != "" {
			remedy += "; did you mean " + near + "?"
		}
		return &Error{Key: f.Key, Problem: "unknown value " + strconv.Quote(word), Remedy: remedy}
	}
	return nil
}

// nearestWord is Nearest, and takes upper and lower case for the same.
func nearestWord(word string, words []string) string {
	for _, w := range words {
		if strings.EqualFold(w, word) {
			return w
		}
	}
	return Nearest(word, words)
}

// checkBounds holds a number, each of a list, or a duration to the bounds in
// its tags.
func (f Field) checkBounds() error {
	var given []int64
	switch v := f.value.Interface().(type) {
	case []int:
		for _, n := range v {
			given = append(given, int64(n))
		}
	case int, time.Duration:
		given = []int64{f.value.Int()}
	default:
		return nil
	}
	least, most := f.bound("min"), f.bound("max")
	for _, n := range given {
		if n < least || n > most {
			return &Error{Key: f.Key, Problem: f.String() + " is out of bounds",
				Remedy: fmt.Sprintf("give a value from %s to %s", f.tag.Get("min"), f.tag.Get("max"))}
		}
	}
	return nil
}

// bound parses a bound in the field's own unit.
func (f Field) bound(tag string) int64 {
	text := f.tag.Get(tag)
	if f.value.Type() == reflect.TypeFor[time.Duration]() {
		d, err := time.ParseDuration(text)
		if err != nil {
			panic("config: " + tag + " of " + f.Key) // a mistake in a tag
		}
		return int64(d)
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		panic("config: " + tag + " of " + f.Key)
	}
	return n
}
