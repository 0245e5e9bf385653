package cli

// MountLite is a seam for the tests of /lite.
var MountLite = mountLite
