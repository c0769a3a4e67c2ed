# What a newcomer needs: `make demo`, `make test`. The rest is for those who work on it.

ZOO = .build/release/zoo

.PHONY: demo test build lint format interop benchmarks peers distributions dependencies

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
interop: NEEDS = python browser
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

# Installs the system packages that are missing, and says so; checks versions.
dependencies:
	@Sources/CLibraries/dependencies.sh $(NEEDS)
