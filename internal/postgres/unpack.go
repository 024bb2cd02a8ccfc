package postgres

import (
	"archive/tar"
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/xi2/xz"
)

// maxUnpacked bounds what an archive may write, far above what PostgreSQL has.
const maxUnpacked = 2 << 30

// unpack writes the tree that is in the .txz within the archive to dir. The
// tree is readable for all: as root we do not run it ourselves.
func unpack(ctx context.Context, archive, dir string) error {
	z, err := zip.OpenReader(archive)
	if err != nil {
		return err
	}
	defer func() { _ = z.Close() }()
	for _, entry := range z.File {
		if !strings.HasSuffix(entry.Name, ".txz") {
			continue
		}
		packed, err := entry.Open()
		if err != nil {
			return err
		}
		defer func() { _ = packed.Close() }()
		plain, err := xz.NewReader(packed, 0)
		if err != nil {
			return err
		}
		if err := os.Mkdir(dir, 0o755); err != nil {
			return err
		}
		return untar(ctx, tar.NewReader(plain), dir)
	}
	return errors.New("the archive has no .txz in it")
}

func untar(ctx context.Context, from *tar.Reader, dir string) error {
	// Whatever the names and links are, an os.Root does not leave its folder.
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer func() { _ = root.Close() }()
	if err := os.Chmod(dir, 0o755); err != nil {
		return err
	}
	left := int64(maxUnpacked)
	for {
		header, err := from.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if left -= header.Size; left < 0 {
			return fmt.Errorf("more than %d MB", maxUnpacked>>20)
		}
		name := path.Clean(header.Name)
		if name == "." {
			continue
		}
		if !filepath.IsLocal(filepath.FromSlash(name)) {
			return fmt.Errorf("the name %q leads out of the archive", header.Name)
		}
		if err := unpackEntry(root, name, header, from); err != nil {
			return err
		}
	}
}

func unpackEntry(root *os.Root, name string, header *tar.Header, content io.Reader) error {
	if err := makeDirs(root, path.Dir(name)); err != nil {
		return err
	}
	switch header.Typeflag {
	case tar.TypeDir:
		return makeDirs(root, name)
	case tar.TypeSymlink:
		target := path.Join(path.Dir(name), header.Linkname)
		if path.IsAbs(header.Linkname) || !filepath.IsLocal(filepath.FromSlash(target)) {
			return fmt.Errorf("the link %q leads out of the archive", header.Name)
		}
		return root.Symlink(header.Linkname, name)
	case tar.TypeLink:
		return root.Link(path.Clean(header.Linkname), name)
	case tar.TypeReg:
		mode := fs.FileMode(0o644)
		if header.FileInfo().Mode()&0o111 != 0 {
			mode = 0o755
		}
		f, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
		if err != nil {
			return err
		}
		if _, err := io.Copy(f, content); err != nil {
			_ = f.Close()
			return err
		}
		// The umask may have closed it.
		if err := f.Chmod(mode); err != nil {
			_ = f.Close()
			return err
		}
		return f.Close()
	default:
		return nil
	}
}

// makeDirs makes a folder and those above it, open for all.
func makeDirs(root *os.Root, name string) error {
	if name == "." {
		return nil
	}
	if _, err := root.Stat(name); err == nil {
		return nil
	}
	if err := makeDirs(root, path.Dir(name)); err != nil {
		return err
	}
	if err := root.Mkdir(name, 0o755); err != nil {
		return err
	}
	return root.Chmod(name, 0o755)
}
