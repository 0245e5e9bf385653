//go:build linux

package load

var (
	AppendPacket = Protocol.appendPacket
	CutPacket    = Protocol.cutPacket
)
