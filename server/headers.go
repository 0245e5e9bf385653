package server

import (
	"net/http"
	"sync"
)

// headers lends clients whose kept header fields are the same one set of them:
// behind one proxy, or in one house, many have the same browser, and a map of
// their own would be the largest part of what an idle session takes.
type headers struct {
	mu   sync.Mutex // guards below
	sets map[string]http.Header
}

// Bounds of what is remembered. Sets that are larger, or come when there are
// too many, are their session's own.
const (
	maxHeaderSets = 256
	maxHeaderSet  = 512 // bytes of names and values
)

// of returns the fields of h that have one of the names, with the value of
// Origin replaced by origin if that is not empty. It is shared and must not be
// modified; nil if there is none.
func (hs *headers) of(h http.Header, names []string, origin string) http.Header {
	var space [maxHeaderSet]byte
	key := space[:0]
	for _, name := range names {
		for _, v := range kept(h, name, origin) {
			if len(key)+len(name)+len(v)+2 > maxHeaderSet {
				return keep(h, names, origin)
			}
			key = append(append(key, name...), 0)
			key = append(append(key, v...), 0) // no field of a request contains one
		}
	}
	if len(key) == 0 {
		return nil
	}
	hs.mu.Lock()
	defer hs.mu.Unlock()
	if set, ok := hs.sets[string(key)]; ok {
		return set
	}
	set := keep(h, names, origin)
	if len(hs.sets) == maxHeaderSets {
		clear(hs.sets) // the ones that are in use now come again
	}
	if hs.sets == nil {
		hs.sets = make(map[string]http.Header)
	}
	hs.sets[string(key)] = set
	return set
}

// kept returns the values of a field. Origin has one name here, whatever it has
// in the client's dialect.
func kept(h http.Header, name string, origin string) []string {
	if name == "Origin" && origin != "" {
		return []string{origin}
	}
	return h[name]
}

// keep clones the fields that have one of the names.
func keep(h http.Header, names []string, origin string) http.Header {
	var set http.Header
	for _, name := range names {
		if v := kept(h, name, origin); len(v) > 0 {
			if set == nil {
				set = make(http.Header)
			}
			set[name] = cloneAll(v)
		}
	}
	return set
}
