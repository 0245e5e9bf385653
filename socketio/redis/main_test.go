package redis_test

import (
	"testing"

	"github.com/everwire/everwire/internal/leaktest"
)

func TestMain(m *testing.M) { leaktest.Main(m) }
