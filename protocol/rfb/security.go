package rfb

import "fmt"

// A SecurityType says how a client proves who it is, and whether the
// connection is encrypted (RFC 6143 section 7.2). Numbers over 255 exist only
// inside of VeNCrypt.
type SecurityType uint32

// Security types of the handshake.
const (
	SecurityInvalid   SecurityType = 0
	SecurityNone      SecurityType = 1
	SecurityVNC       SecurityType = 2   // a challenge, encrypted with DES
	SecurityRA2       SecurityType = 5   // RSA key exchange, then AES-128 for all that follows
	SecurityRA2ne     SecurityType = 6   // the same, but what follows is not encrypted
	SecurityTight     SecurityType = 16  // TightVNC's tunnels and authentications
	SecurityVeNCrypt  SecurityType = 19  // TLS, with a subtype
	SecurityAppleDH   SecurityType = 30  // Diffie-Hellman and AES-128
	SecurityMSLogonII SecurityType = 113 // UltraVNC: Diffie-Hellman of 64 bits and DES
	SecurityRA2_256   SecurityType = 129 // RA2 with SHA-256 and AES-256
	SecurityRA2ne_256 SecurityType = 130
)

// Subtypes of VeNCrypt.
const (
	VeNCryptPlain     SecurityType = 256 // name and password, not encrypted
	VeNCryptTLSNone   SecurityType = 257 // the TLS types use anonymous TLS
	VeNCryptTLSVnc    SecurityType = 258
	VeNCryptTLSPlain  SecurityType = 259
	VeNCryptX509None  SecurityType = 260 // the X509 types have a certificate
	VeNCryptX509Vnc   SecurityType = 261
	VeNCryptX509Plain SecurityType = 262
)

// securityTLS is anonymous TLS with types of its own inside of it.
const securityTLS SecurityType = 18

var securityNames = map[SecurityType]string{
	SecurityNone: "None", SecurityVNC: "VNC", SecurityRA2: "RA2", SecurityRA2ne: "RA2ne",
	SecurityTight: "Tight", SecurityVeNCrypt: "VeNCrypt", SecurityAppleDH: "AppleDH",
	SecurityMSLogonII: "MSLogonII", SecurityRA2_256: "RA2_256", SecurityRA2ne_256: "RA2ne_256",
	VeNCryptPlain: "Plain", VeNCryptTLSNone: "TLSNone", VeNCryptTLSVnc: "TLSVnc", VeNCryptTLSPlain: "TLSPlain",
	VeNCryptX509None: "X509None", VeNCryptX509Vnc: "X509Vnc", VeNCryptX509Plain: "X509Plain",
	// These are known by name only.
	13: "RA2r", 17: "Ultra", securityTLS: "TLS", 20: "SASL", 21: "MD5", 22: "xvp", 23: "SecureTunnel", 24: "IntegratedSSH",
	31: "Apple31", 32: "Apple32", 33: "Apple33", 34: "Apple34", 35: "Apple35", 133: "RA2r_256",
	263: "TLSSASL", 264: "X509SASL", 265: "Ident", 266: "TLSIdent", 267: "X509Ident",
}

// String returns the name of the type, or its number.
func (t SecurityType) String() string {
	if name, ok := securityNames[t]; ok {
		return name
	}
	return fmt.Sprintf("security type %d", uint32(t))
}

// Security results (RFC 6143 section 7.1.3).
const (
	SecurityOK          uint32 = 0
	SecurityFailed      uint32 = 1
	SecurityTooMany     uint32 = 2 // of version 3.3 and Tight
	MaxReasonLength            = 4096
	VNCChallengeLength         = 16
	vncPasswordMaxBytes        = 8
)
