# What a newcomer needs: `make demo`, `make test`. The rest is for those who work on it.

PACKAGES = libdnnl-dev libhdf5-dev libopenblas-dev libjpeg-dev libpng-dev libwebp-dev \
  libgif-dev libzip-dev libcurl4-openssl-dev libssl-dev zlib1g-dev libdeflate-dev ca-certificates \
  pkg-config
SUDO = $(shell [ "$$(id -u)" = 0 ] || echo sudo)
ZOO = .build/release/zoo

.PHONY: demo test build lint format interop benchmarks peers dependencies

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

build: dependencies
	swift build -c release

lint:
	swift format lint --strict --recursive Package.swift Sources Plugins Tests zoo

format:
	swift format --in-place --recursive Package.swift Sources Plugins Tests zoo

# Compares with real Keras, and looks at reports in a browser; needs Python 3 and a network.
interop: PACKAGES += chromium
interop: build .venv/ready
	swift test -Xswiftc -warnings-as-errors --filter ReportPageTests
	.venv/bin/python Tests/Interop/run.py --zoo $(ZOO) --shared ../shared/data

benchmarks: build .venv/ready
	.venv/bin/python Benchmarks/convert.py --zoo $(ZOO)
	.venv/bin/python Benchmarks/extract.py --zoo $(ZOO)
	.venv/bin/python Benchmarks/pipeline.py --zoo $(ZOO) --shared ../shared/data
	.venv/bin/python Benchmarks/train.py --zoo $(ZOO) --shared ../shared/data
	.venv/bin/python Benchmarks/finetune.py --zoo $(ZOO)
	.venv/bin/python Benchmarks/accuracy.py --zoo $(ZOO) --shared ../shared/data

# Beside TensorFlow, PyTorch, ONNX Runtime, OpenVINO, ncnn; 8 GB and half an hour.
peers: build
	$(MAKE) dependencies PACKAGES="$(PACKAGES) python3 python3-venv g++"
	python3 Benchmarks/peers.py --zoo $(ZOO)

.venv/ready: Tests/Interop/requirements.txt
	$(MAKE) dependencies PACKAGES="$(PACKAGES) python3 python3-venv"
	python3 -m venv .venv
	.venv/bin/pip install --quiet --requirement Tests/Interop/requirements.txt
	touch $@

# Installs the system packages that are missing, and says so.
dependencies:
	@missing=""; for package in $(PACKAGES); do \
	  dpkg-query --show --showformat='$${Status}' $$package 2>/dev/null | grep --quiet 'ok installed' \
	    || missing="$$missing $$package"; \
	done; \
	if [ -n "$$missing" ]; then \
	  echo "Installing system packages:$$missing"; \
	  $(SUDO) apt-get update --quiet --quiet; \
	  $(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install --yes --quiet --quiet \
	    --no-install-recommends $$missing; \
	fi
