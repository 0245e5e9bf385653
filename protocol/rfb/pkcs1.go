package rfb

import (
	"crypto/rand"
	"crypto/rsa"
)

// RA2 uses the padding of PKCS #1 version 1.5, which is not what a protocol of
// today would choose. What is decrypted is a random number that both sides then
// prove to know, so a wrong one tells an attacker no more than any other
// failure does.

func encryptPKCS1(key *rsa.PublicKey, p []byte) ([]byte, error) {
	//lint:ignore SA1019 the protocol asks for it
	return rsa.EncryptPKCS1v15(rand.Reader, key, p)
}

func decryptPKCS1(key *rsa.PrivateKey, p []byte) ([]byte, error) {
	//lint:ignore SA1019 the protocol asks for it
	return rsa.DecryptPKCS1v15(nil, key, p)
}
