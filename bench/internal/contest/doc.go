// Package contest measures cases with several servers that take turns, and
// writes what was found: one table for each case, and the marks that a server
// of this project is meant to reach.
//
//	Run           every case with every server, round by round
//	PrintTables   medians, and ratios to one of the servers
//	PrintMarks    which marks are met, and by how much others are missed
//
// What a case does and what it measures is its own affair.
package contest
