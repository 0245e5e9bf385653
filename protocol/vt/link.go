package vt

import "bytes"

// The limits of hyperlinks: how many are known, how long an address and an id
// may be, and how much memory all take.
const (
	maxLinks     = 4096
	maxURI       = 2083
	maxLinkID    = 250
	maxLinkBytes = 1 << 20
)

// A link is a hyperlink of OSC 8.
type link struct{ uri, id string }

// A linkTable numbers hyperlinks. It is a ring: when there are too many the
// oldest is forgotten, and cells that still have its number have no link. A
// number never stands for another link.
type linkTable struct {
	list  []link
	first uint32 // the number of list[0], if it is not empty
	next  uint32
	bytes int
	known map[link]uint32
}

func (lt *linkTable) reset() { *lt = linkTable{first: lt.next, next: lt.next} }

// add returns the number of a link.
func (lt *linkTable) add(uri, id []byte) uint32 {
	if lt.known == nil {
		lt.known = map[link]uint32{}
	}
	l := link{string(uri), string(id)}
	if n, ok := lt.known[l]; ok {
		return n
	}
	if lt.next == 0 || lt.next == 1<<32-1 {
		lt.list, lt.first, lt.next, lt.bytes = nil, 1, 1, 0
		clear(lt.known)
	}
	lt.bytes += len(l.uri) + len(l.id)
	for len(lt.list) > 0 && (len(lt.list) >= maxLinks || lt.bytes > maxLinkBytes) {
		old := lt.list[0]
		lt.list[0] = link{}
		lt.list = lt.list[1:]
		lt.first++
		lt.bytes -= len(old.uri) + len(old.id)
		delete(lt.known, old)
	}
	n := lt.next
	lt.next++
	lt.list = append(lt.list, l)
	lt.known[l] = n
	return n
}

// Link returns the address and the id of a hyperlink in a Style. It reports
// false if there have been so many links that this one was forgotten. The
// address is what a program sent: a viewer should follow http, https and mailto
// only.
func (t *Terminal) Link(n uint32) (uri, id string, ok bool) {
	lt := &t.links
	if n < lt.first || int(n-lt.first) >= len(lt.list) || n == 0 {
		return "", "", false
	}
	l := lt.list[n-lt.first]
	return l.uri, l.id, true
}

// oscLink is OSC 8 ; params ; URI ST: the next characters are a link, or no
// longer one if the URI is empty. Parameters are key=value with colons between;
// id tells which pieces belong together.
func (t *Terminal) oscLink(text []byte) {
	params, uri, ok := bytes.Cut(text, []byte{';'})
	if !ok {
		return
	}
	t.penOK = false
	t.pen.Link = 0
	if len(uri) == 0 || len(uri) > maxURI || !isText(uri) {
		return
	}
	var id []byte
	for _, p := range bytes.Split(params, []byte{':'}) {
		if v, ok := bytes.CutPrefix(p, []byte("id=")); ok && len(v) <= maxLinkID && isText(v) {
			id = v
		}
	}
	t.pen.Link = t.links.add(uri, id)
}
