package flash

import (
	"strconv"
	"strings"
)

// Policy says whose Flash programs may open sockets, and to which ports of the
// host that serves it. The zero value allows nobody anything.
type Policy struct {
	// Domains are the hosts, without scheme and port, whose programs are
	// allowed. One that is empty or has an asterisk is left out.
	Domains []string
	// Ports that they may connect to. A policy that was served from port 1024
	// or above can grant no port below.
	Ports []int
	// Any allows the programs of every host in the world, in place of Domains.
	// Each page that a visitor opens can then reach Ports from the visitor's
	// place in the network.
	Any bool
}

const (
	prologue = `<?xml version="1.0"?>` +
		`<!DOCTYPE cross-domain-policy SYSTEM "http://www.macromedia.com/xml/dtds/cross-domain-policy.dtd">` +
		`<cross-domain-policy><site-control permitted-cross-domain-policies="master-only"/>`
	epilogue = `</cross-domain-policy>`
)

// AppendXML appends the socket policy file on one line, without the NUL that
// follows it on the wire. Without a port or a domain it allows nothing.
func (p Policy) AppendXML(dst []byte) []byte {
	dst = append(dst, prologue...)
	if ports := p.ports(); ports != "" {
		for _, d := range p.domains() {
			dst = append(dst, `<allow-access-from domain="`...)
			dst = appendAttribute(dst, d)
			dst = append(dst, `" to-ports="`...)
			dst = append(dst, ports...)
			dst = append(dst, `"/>`...)
		}
	}
	return append(dst, epilogue...)
}

// domains returns the hosts to name.
func (p Policy) domains() []string {
	if p.Any {
		return []string{"*"}
	}
	return p.exact()
}

// exact returns Domains without repetitions and without what is no exact host.
func (p Policy) exact() []string {
	var list []string
	seen := make(map[string]bool)
	for _, d := range p.Domains {
		if d == "" || strings.Contains(d, "*") || seen[d] {
			continue
		}
		seen[d] = true
		list = append(list, d)
	}
	return list
}

// ports returns the value of to-ports.
func (p Policy) ports() string {
	var list []string
	for _, n := range p.Ports {
		if n > 0 && n <= 65535 {
			list = append(list, strconv.Itoa(n))
		}
	}
	return strings.Join(list, ",")
}

// appendAttribute appends s so that it stays inside of a quoted attribute
// (XML 1.0 section 2.3). What XML cannot contain becomes U+FFFD.
func appendAttribute(dst []byte, s string) []byte {
	for _, r := range s {
		switch {
		case r == '&':
			dst = append(dst, "&amp;"...)
		case r == '<':
			dst = append(dst, "&lt;"...)
		case r == '>':
			dst = append(dst, "&gt;"...)
		case r == '"':
			dst = append(dst, "&quot;"...)
		case r == '\'':
			dst = append(dst, "&apos;"...)
		case r < ' ', r == 0xfffe, r == 0xffff:
			dst = append(dst, "\ufffd"...)
		default:
			dst = append(dst, string(r)...)
		}
	}
	return dst
}
