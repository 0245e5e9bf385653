package rfbtest

import (
	"crypto/tls"
	"fmt"
	"slices"

	"github.com/everwire/everwire/protocol/rfb"
)

// maxCredential is the longest name or password that is read, in bytes.
const maxCredential = 1024

// veNCrypt (the community's specification, "VeNCrypt") speaks version 0.2. The
// subtypes with anonymous TLS are offered, but whoever chooses one is refused.
func (d *door) veNCrypt() (bool, error) {
	if err := d.write([]byte{0, 2}); err != nil {
		return false, err
	}
	version, err := d.read(2)
	if err != nil {
		return false, err
	}
	if version[0] != 0 || version[1] != 2 {
		_ = d.write([]byte{1}) // it is refused either way
		return false, fmt.Errorf("%w: version %d.%d of VeNCrypt", rfb.ErrRefused, version[0], version[1])
	}
	var subtypes []rfb.SecurityType
	for _, t := range d.config.Security {
		if isVeNCrypt(t) {
			subtypes = append(subtypes, t)
		}
	}
	list := []byte{0, byte(len(subtypes))}
	for _, t := range subtypes {
		list = append(list, u32(uint32(t))...)
	}
	if err := d.write(list); err != nil {
		return false, err
	}
	code, err := d.readU32()
	if err != nil {
		return false, err
	}
	chosen := rfb.SecurityType(code)
	if !slices.Contains(subtypes, chosen) {
		return false, fmt.Errorf("%w: %v was not offered", rfb.ErrRefused, chosen)
	}
	return d.veNCryptSubtype(chosen)
}

func (d *door) veNCryptSubtype(t rfb.SecurityType) (bool, error) {
	switch t {
	case rfb.VeNCryptPlain:
		return d.plain()
	case rfb.VeNCryptX509None, rfb.VeNCryptX509Vnc, rfb.VeNCryptX509Plain:
	default:
		_ = d.write([]byte{0}) // it is refused either way
		return false, fmt.Errorf("%w: %v is only offered, not spoken", rfb.ErrRefused, t)
	}
	if err := d.write([]byte{1}); err != nil {
		return false, err
	}
	conn := tls.Server(d.conn, d.config.TLS)
	if err := conn.Handshake(); err != nil {
		return false, fmt.Errorf("TLS: %w", err)
	}
	d.conn = conn
	switch t {
	case rfb.VeNCryptX509Vnc:
		return d.vnc()
	case rfb.VeNCryptX509Plain:
		return d.plain()
	}
	return true, nil
}

// plain reads the lengths of a name and a password, and both.
func (d *door) plain() (bool, error) {
	name, err := d.readU32()
	if err != nil {
		return false, err
	}
	password, err := d.readU32()
	if err != nil {
		return false, err
	}
	if name > maxCredential || password > maxCredential {
		return false, rfb.ErrTooLarge
	}
	p, err := d.read(int(name + password))
	if err != nil {
		return false, err
	}
	return d.knows(string(p[:name]), string(p[name:])), nil
}
