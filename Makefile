# What a newcomer needs: `make demo`, `make test`, `make install`. The rest is for those who work on it.

ZOO = .build/release/zoo
# Where `make install` puts things; DESTDIR goes before it, for those who make packages.
PREFIX = /usr/local
DESTDIR =
# Programs with Swift's runtime in them: where they run, no toolchain is needed.
INSTALLED = .build/installed/release
PACKAGES = .build/packages

.PHONY: demo test install uninstall build lint format docs interop benchmarks peers distributions dependencies
.PHONY: package deb tarball packages-test

demo: build
	zoo/demo.sh $(ZOO)

# What failed is said again at the end, where it is looked for first.
test: dependencies
	@mkdir -p .build; \
	{ swift test -Xswiftc -warnings-as-errors 2>&1; echo $$? > .build/test.status; } | tee .build/test.log; \
	status=$$(cat .build/test.status); \
	if [ "$$status" != 0 ]; then \
	  printf '\nFailed:\n'; \
	  grep --extended-regexp '✘|↳|error:|Fatal error|signal code' .build/test.log | awk '!seen[$$0]++'; \
	fi; \
	exit "$$status"

install: $(INSTALLED)/zoo
	Packaging/install.sh $(INSTALLED) "$(PREFIX)" "$(DESTDIR)"

uninstall:
	Packaging/install.sh --remove "$(PREFIX)" "$(DESTDIR)"

# Linked by the toolchain's own linker, as those of distributions differ: GNU ld leaves all constants writable.
STATIC = swift build -c release --scratch-path .build/installed --static-swift-stdlib --disable-local-rpath \
  -Xswiftc -use-ld=lld -Xlinker -z -Xlinker now
# By files, so that `sudo make install` needs no Swift after a `make package` or an earlier install.
$(INSTALLED)/zoo: Makefile Package.swift VERSION $(shell find Sources Plugins -type f)
	Sources/CLibraries/dependencies.sh install
	for helper in zoo-hdf5 $$(Sources/CLibraries/dependencies.sh --helpers); do $(STATIC) --product $$helper || exit; done
	$(STATIC) --product zoo
	touch $@

# For this release of Debian, and for every Linux with a C library as new as this one's.
package: deb tarball
	Sources/CLibraries/dependencies.sh lintian
	lintian --allow-root --fail-on error,warning $(PACKAGES)/*.deb

deb: $(INSTALLED)/zoo
	Sources/CLibraries/dependencies.sh packaging
	mkdir -p $(PACKAGES) && rm -f $(PACKAGES)/*.deb
	Packaging/deb.sh $(INSTALLED) $(PACKAGES)

tarball: $(INSTALLED)/zoo
	Sources/CLibraries/dependencies.sh packaging
	mkdir -p $(PACKAGES) && rm -f $(PACKAGES)/*.tar.gz
	Packaging/tarball.sh $(INSTALLED) $(PACKAGES)

build: dependencies
	swift build -c release

lint:
	swift format lint --strict --recursive Package.swift Sources Plugins Tests Examples zoo

format:
	swift format --in-place --recursive Package.swift Sources Plugins Tests Examples zoo

# The reference of the library with its articles, in .build/site; fails where something public is not documented.
docs: dependencies
	docs/site.sh .build/site

# Compares with real Keras and PyTorch, and looks at reports in a browser; needs Python 3 and a network.
interop: NEEDS = python pytorch browser
interop: build .venv/ready
	swift test -Xswiftc -warnings-as-errors --filter ReportPageTests
	.venv/bin/python Tests/Interop/run.py --zoo $(ZOO) --shared ../shared/data

benchmarks: build .venv/ready
	.venv/bin/python Benchmarks/convert.py --zoo $(ZOO)
	.venv/bin/python Benchmarks/to_onnx.py --zoo $(ZOO)
	.venv/bin/python Benchmarks/extract.py --zoo $(ZOO)
	.venv/bin/python Benchmarks/pipeline.py --zoo $(ZOO) --shared ../shared/data
	.venv/bin/python Benchmarks/train.py --zoo $(ZOO) --shared ../shared/data
	.venv/bin/python Benchmarks/finetune.py --zoo $(ZOO)
	.venv/bin/python Benchmarks/accuracy.py --zoo $(ZOO) --shared ../shared/data

# Beside TensorFlow, PyTorch, ONNX Runtime, OpenVINO, ncnn; 8 GB and half an hour.
peers: build
	$(MAKE) dependencies NEEDS="python compiler"
	python3 Benchmarks/peers.py --zoo $(ZOO)

.venv/ready: Tests/Interop/requirements.txt
	$(MAKE) dependencies NEEDS=python
	python3 -m venv .venv
	.venv/bin/pip install --quiet --requirement Tests/Interop/requirements.txt
	touch $@

# Builds and tests in roots of other releases of Debian; needs root, debootstrap and a network.
distributions:
	Tests/Distributions/run.sh trixie forky

# Installs the packages in bare roots, uses them, removes them; needs root, debootstrap and a network.
packages-test: RELEASES = bookworm trixie forky
packages-test: package
	$(STATIC) --product zoo-demo
	Tests/Packages/run.sh --zoo $(INSTALLED)/zoo $(RELEASES)

# Installs the system packages that are missing, and says so; checks versions.
dependencies:
	@Sources/CLibraries/dependencies.sh $(NEEDS)
