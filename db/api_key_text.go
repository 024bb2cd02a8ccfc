package db

import (
	"crypto/rand"
	"crypto/sha256"
	encoding "encoding/base32"
	"encoding/binary"
	"hash/crc32"
	"strings"
)

// The text of an API key is agk_PREFIX_SECRET: 8 characters that people know it by, then 32 of 160 random bits and 7 of a
// checksum of all before them. The checksum is no secret. It tells a mistyped key from an unknown one without a look at
// the database, and a program that searches for lost secrets finds agk_[0-9a-hjkmnp-tv-z]{8}_[0-9a-hjkmnp-tv-z]{39}
// without false alarms.
const (
	apiKeyMark         = "agk_"
	apiKeyPrefixLength = len(apiKeyMark) + 8
	apiKeyLength       = apiKeyPrefixLength + len("_") + 32 + checksumLength
	checksumLength     = 7
)

var apiKeyEncoding = encoding.NewEncoding(base32).WithPadding(encoding.NoPadding)

// newAPIKeyText returns the text of a new key.
func newAPIKeyText() string {
	var random [5 + 20]byte
	_, _ = rand.Read(random[:]) // it never fails: without randomness the program ends
	text := apiKeyMark + apiKeyEncoding.EncodeToString(random[:5]) + "_" + apiKeyEncoding.EncodeToString(random[5:])
	return text + apiKeyChecksum(text)
}

func apiKeyChecksum(text string) string {
	return apiKeyEncoding.EncodeToString(binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE([]byte(text))))
}

// APIKeyHash is what is kept of a key's text: its SHA-256. Keys are found by it, in an index and in maps, whose timing may
// tell about the hash of what was sent, but nothing about a text that has another: no secret is compared byte by byte.
type APIKeyHash [sha256.Size]byte

// HashAPIKey returns the hash of a key's text. ok is false for what no key's text can be: it is cut, mistyped or made up.
func HashAPIKey(text string) (hash APIKeyHash, ok bool) {
	body := len(text) - checksumLength
	if len(text) != apiKeyLength || !strings.HasPrefix(text, apiKeyMark) || text[body:] != apiKeyChecksum(text[:body]) {
		return APIKeyHash{}, false
	}
	return sha256.Sum256([]byte(text)), true
}
