package rfbtest

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"

	"github.com/everwire/everwire/protocol/rfb"
)

// A door is the handshake of one connection, up to where ClientInit follows.
// It is not that of the server in protocol/rfb: it has more security types,
// and is written from the published descriptions alone.
type door struct {
	config *Config
	// conn is where the conversation goes on: inside of TLS or RA2, once that
	// has begun.
	conn     net.Conn
	version  rfb.Version
	security rfb.SecurityType // of the handshake, so none of VeNCrypt's own
	extended bool             // ServerInit is longer, as Tight has it
}

// wrong is what a client is refused with that does not know the password.
const wrong = "wrong name or password"

// isVeNCrypt reports whether a type is a subtype of VeNCrypt.
func isVeNCrypt(t rfb.SecurityType) bool { return t > 255 }

// open greets the client, and lets it in or says why not.
func (d *door) open() error {
	if err := d.write(rfb.AppendVersion(nil, d.config.Version)); err != nil {
		return err
	}
	p, err := d.read(rfb.VersionLength)
	if err != nil {
		return err
	}
	theirs, err := rfb.ParseVersion(p)
	if err != nil {
		return err
	}
	switch minor := min(theirs.Minor, d.config.Version.Minor); {
	case minor < 7:
		d.version = rfb.Version33
	case minor == 7:
		d.version = rfb.Version37
	default:
		d.version = rfb.Version38
	}
	if d.version == rfb.Version33 {
		err = d.dictate()
	} else {
		err = d.offer()
	}
	if err != nil {
		return err
	}
	passed, err := d.secure(d.security)
	if err != nil {
		return err
	}
	return d.result(passed)
}

// dictate chooses the type for a client of version 3.3, which has the first
// two only.
func (d *door) dictate() error {
	for _, t := range d.config.Security {
		if t == rfb.SecurityNone || t == rfb.SecurityVNC {
			d.security = t
			return d.write(u32(uint32(t)))
		}
	}
	const why = "version 3.3 has no security type that is offered"
	if err := d.write(rfb.AppendReason(u32(0), why)); err != nil {
		return err
	}
	return fmt.Errorf("%w: %s", rfb.ErrRefused, why)
}

// offer lets the client choose.
func (d *door) offer() error {
	var types []rfb.SecurityType
	for _, t := range d.config.Security {
		if isVeNCrypt(t) {
			t = rfb.SecurityVeNCrypt
		}
		if !slices.Contains(types, t) {
			types = append(types, t)
		}
	}
	if err := d.write(rfb.AppendSecurityTypes(nil, types)); err != nil {
		return err
	}
	p, err := d.read(1)
	if err != nil {
		return err
	}
	d.security = rfb.SecurityType(p[0])
	if !slices.Contains(types, d.security) {
		return fmt.Errorf("%w: %v was not offered", rfb.ErrRefused, d.security)
	}
	return nil
}

// secure does what a type consists of, and reports whether the client has
// passed.
func (d *door) secure(t rfb.SecurityType) (passed bool, err error) {
	switch t {
	case rfb.SecurityNone:
		return true, nil
	case rfb.SecurityVNC:
		return d.vnc()
	case rfb.SecurityTight:
		return d.tight()
	case rfb.SecurityVeNCrypt:
		return d.veNCrypt()
	case rfb.SecurityAppleDH:
		return d.appleDH()
	case rfb.SecurityMSLogonII:
		return d.msLogonII()
	case rfb.SecurityRA2, rfb.SecurityRA2_256, rfb.SecurityRA2ne, rfb.SecurityRA2ne_256:
		return d.ra2(t)
	}
	return false, fmt.Errorf("%w: %v is only offered, not spoken", rfb.ErrRefused, t)
}

// result tells the client whether it has passed. After None, there is a result
// from version 3.8 on only.
func (d *door) result(passed bool) error {
	if !passed {
		err := d.write(rfb.AppendSecurityResult(nil, d.version, rfb.SecurityFailed, wrong))
		return errors.Join(fmt.Errorf("%w: %s", rfb.ErrRefused, wrong), err)
	}
	if d.security == rfb.SecurityNone && d.version.Minor < 8 {
		return nil
	}
	return d.write(rfb.AppendSecurityResult(nil, d.version, rfb.SecurityOK, ""))
}

// knows reports whether a name and a password are the right ones.
func (d *door) knows(user, password string) bool {
	return user == d.config.User && password == d.config.Password
}

func (d *door) write(p []byte) error {
	_, err := d.conn.Write(p)
	return err
}

func (d *door) read(n int) ([]byte, error) {
	p := make([]byte, n)
	_, err := io.ReadFull(d.conn, p)
	return p, err
}

func (d *door) readU32() (uint32, error) {
	p, err := d.read(4)
	return binary.BigEndian.Uint32(p), err
}
