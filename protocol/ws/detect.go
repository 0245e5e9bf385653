package ws

import (
	"fmt"
	"net/http"
)

// dialectOf tells the dialect of an upgrade request, which must be in the set.
// Whoever sends a key or a version speaks hybi, of a version that it names;
// two numbered keys are Hixie76, and Hixie75 has neither.
func dialectOf(h http.Header, set Dialects) (Dialect, error) {
	d, why, err := detect(h)
	switch {
	case err != nil:
		return 0, err
	case why != "":
		return 0, refuseVersion(why, set)
	case !set.Has(d):
		return 0, refuseVersion("the "+d.String()+" dialect is switched off", set)
	}
	return d, nil
}

// detect is dialectOf without the set. If the request is of no dialect of this
// package, why says of which.
func detect(h http.Header) (d Dialect, why string, err error) {
	_, key := h["Sec-Websocket-Key"]
	_, versioned := h["Sec-Websocket-Version"]
	_, key1 := h["Sec-Websocket-Key1"]
	_, key2 := h["Sec-Websocket-Key2"]
	_, draft := h["Sec-Websocket-Draft"]
	if key || versioned {
		version, err := single(h, "Sec-Websocket-Version")
		if err != nil {
			return 0, "", err
		}
		for i, d := range dialects {
			if d.version != "" && d.version == version {
				return Dialect(i), "", nil
			}
		}
		return 0, fmt.Sprintf("version %.20q is not supported", version), nil
	}
	switch {
	case draft: // hybi-01 to 03: the keys of Hixie76, but frames of their own
		return 0, "the drafts with numbered keys and a draft number are not supported", nil
	case key1 != key2:
		return 0, "", badRequest("one of the two keys is missing")
	case key1:
		return Hixie76, "", nil
	}
	return Hixie75, "", nil
}
