package postgres

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// maxLog is the size from which a start moves the log aside; one such is kept.
const maxLog = 10 << 20

func logPath(dir string) string { return filepath.Join(dir, "postgres.log") }

// openLog opens PostgreSQL's log to append to it, and tells its size.
func openLog(dir string) (*os.File, int64, error) {
	path := logPath(dir)
	if info, err := os.Lstat(path); err == nil && info.Size() > maxLog {
		if err := os.Rename(path, path+".1"); err != nil {
			return nil, 0, folderError(dir, err)
		}
	}
	f, err := openFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND)
	if err != nil {
		return nil, 0, folderError(dir, err)
	}
	size, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		_ = f.Close()
		return nil, 0, folderError(dir, err)
	}
	return f, size, nil
}

// readLog is what PostgreSQL wrote since its start, at most the last 64 kB.
func (s *Server) readLog() string {
	f, err := os.Open(logPath(s.dir))
	if err != nil {
		return ""
	}
	defer func() { _ = f.Close() }()
	from := s.logFrom
	if size, err := f.Seek(0, io.SeekEnd); err == nil {
		from = max(from, size-64<<10)
	}
	text, _ := io.ReadAll(io.NewSectionReader(f, from, 64<<10))
	return string(text)
}

// logged is an error with PostgreSQL's own reason.
func (s *Server) logged(what string) error {
	text := s.readLog()
	if isDiskFull(text) {
		return diskFull(s.dir)
	}
	reason := decisive(text)
	if reason == "" {
		reason = "it gave no reason"
	}
	return fmt.Errorf("%s: %s (more in %s)", what, reason, logPath(s.dir))
}

var severity = regexp.MustCompile(`(?m)\b(PANIC|FATAL|ERROR|initdb: error|postgres: error|error while loading shared libraries): +(.*)$`)

var everyday = regexp.MustCompile(`(?m)\bLOG: +.*$`)

// decisive is the line that says why PostgreSQL or one of its programs ended:
// the last of the gravest, else the last that is not blank and is none of the
// log's everyday lines, which say how well it was before somebody killed it.
func decisive(text string) string {
	grave, line := 0, ""
	for _, match := range severity.FindAllStringSubmatch(text, -1) {
		rank := 1
		if match[1] == "PANIC" || match[1] == "FATAL" {
			rank = 2
		}
		if rank >= grave {
			grave, line = rank, match[2]
		}
	}
	if line == "" {
		text = strings.TrimSpace(everyday.ReplaceAllString(text, ""))
		line = text[strings.LastIndexByte(text, '\n')+1:]
	}
	return strings.TrimSpace(line)
}
