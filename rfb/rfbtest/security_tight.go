package rfbtest

import (
	"fmt"
	"slices"

	"github.com/everwire/everwire/protocol/rfb"
)

// capabilities are what Tight calls the things that it has numbers for. The
// names belong to them.
var capabilities = map[rfb.SecurityType]string{
	rfb.SecurityNone: "STDVNOAUTH__", rfb.SecurityVNC: "STDVVNCAUTH_", rfb.SecurityVeNCrypt: "VENCVENCRYPT",
	20: "GTKVSASL____", 129: "TGHTULGNAUTH", 130: "TGHTXTRNAUTH",
}

func capability(t rfb.SecurityType) []byte {
	name := capabilities[t]
	if name == "" {
		name = "TESTUNKNOWN_"
	}
	return append(u32(uint32(t)), name...)
}

// tight (the community's specification, "Tight Security Type") lists tunnels,
// of which only the one that is none exists, and then types of its own. A list
// that is empty is not answered, and no types mean None.
func (d *door) tight() (bool, error) {
	if d.config.TightTunnels {
		if err := d.write(joined(u32(1), u32(0), []byte("TGHTNOTUNNEL"))); err != nil {
			return false, err
		}
		if tunnel, err := d.readU32(); err != nil || tunnel != 0 {
			return false, fmt.Errorf("tunnel %d was not offered: %w", tunnel, err)
		}
	} else if err := d.write(u32(0)); err != nil {
		return false, err
	}
	list := u32(uint32(len(d.config.TightTypes)))
	for _, t := range d.config.TightTypes {
		list = append(list, capability(t)...)
	}
	if err := d.write(list); err != nil {
		return false, err
	}
	chosen := rfb.SecurityNone
	if len(d.config.TightTypes) > 0 {
		code, err := d.readU32()
		if err != nil {
			return false, err
		}
		chosen = rfb.SecurityType(code)
		if !slices.Contains(d.config.TightTypes, chosen) || chosen != rfb.SecurityNone && chosen != rfb.SecurityVNC {
			return false, fmt.Errorf("%w: %v was not offered within Tight, or is not spoken", rfb.ErrRefused, chosen)
		}
	}
	d.security, d.extended = chosen, true
	return d.secure(chosen)
}

// tightLists is what follows ServerInit after Tight: messages of the server, of
// the client, and encodings. It has one of each.
func tightLists() []byte {
	return joined([]byte{0, 1, 0, 1, 0, 1, 0, 0}, u32(2), []byte("STDVBELL____"), u32(6), []byte("STDVCUTTEXT_"), u32(16), []byte("TRDVZRLE____"))
}
