// Package chat is a chat over Socket.IO: rooms, names, and the last lines of
// each room for whoever comes later.
//
//	rooms := chat.New(chat.Config{})
//	rooms.Mount(srv.Of("/chat"))
//
// # The wire
//
// A client emits three events. Each may ask for an ack, which has ok, and error
// with a sentence for the person if ok is false.
//
//	join   {name, room, key?}  ->  {ok, name, room, lines: [line...], people: [name...]}
//	say    {text}              ->  {ok}
//	leave  {}                  ->  {ok}
//
// The server emits two, to those in the room:
//
//	line    {room, seq, at, kind, name, text}
//	people  {room, people: [name...]}
//
// A line of a history has the same members but room. kind is "say", "join" or
// "leave"; text is empty for the latter two; at is in milliseconds since 1970;
// seq counts the lines of a room from 1. people are in the order in which they
// came, and people is emitted whenever somebody comes or goes.
//
// A socket is in one room at a time: joining leaves the room before, under
// whatever name, and a refused join changes nothing. Whoever says something
// gets the line like all others. A socket that disconnects leaves.
//
// # Names
//
// Names and rooms are trimmed, and the ack tells what became of them. They have
// 1 to 40 characters, all of them visible or spaces. A name is in a room once;
// case makes no difference. The key, at most 64 bytes that the client made up
// and shows to nobody, lets a person whose connection was lost have the name
// again before the server has noticed the loss. Text has 1 to 2,000 characters,
// not only spaces, and no control characters besides tab and line feed.
//
// # Order
//
// All who are in a room see the same lines in the same order, and for one who
// joins the lines after the ack go on where those in the ack ended: none is
// missing, none comes twice, none comes before the ack. To that end lines get
// their numbers and are emitted under one lock, which is allowed because Emit
// does not block; and what happens between the history's copy and the ack is
// kept for the joiner and emitted behind the ack.
//
// # Memory
//
// A room whose last member has left keeps its lines while there is space. When
// a room beyond Config.MaxRooms is wanted, the one that has been empty and
// silent longest is forgotten; if none is empty the new one is refused. A room
// that was forgotten and comes again counts its lines from 1.
//
// # Without Socket.IO
//
// Post and Lines serve pages that work by form.
package chat
