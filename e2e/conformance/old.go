package main

import (
	"context"

	"github.com/everwire/everwire/socketio"
)

// Clients before 0.7 have messages only, so what else they are tested with is
// in the query of their first request:
//
//	room=r       they are in room r, and told so by the message r; their own
//	             messages are news to all there
//	message=hex  a text comes back as its UTF-8, in hexadecimal
//	message=kick a message ends the client's connection
//
// Without it all that they send comes back.

func greetOld(s *socketio.Socket) error {
	if room := s.Handshake().Query.Get("room"); room != "" {
		if err := s.Join(room); err != nil {
			return err
		}
		return s.Emit("message", room)
	}
	return nil
}

func answerOld(ns *socketio.Namespace, s *socketio.Socket, args socketio.Args) error {
	query := s.Handshake().Query
	if room := query.Get("room"); room != "" {
		return ns.To(room).Emit("news", args)
	}
	switch query.Get("message") {
	case "hex":
		out, err := hexOf[string](context.Background(), s, args)
		if err != nil {
			return err
		}
		return s.Emit("message", out[0])
	case "kick":
		s.Disconnect(true)
		return nil
	}
	return s.Emit("message", args)
}
