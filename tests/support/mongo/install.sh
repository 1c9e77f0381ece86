#!/usr/bin/env bash
# Fetches and builds the MongoDB-compatible servers for the tests that need one, into node_modules/.cache/test-mongo:
# mongo-java-server with Maven and a JDK (as root on Debian it installs them), and FerretDB with Go (a minute or two).
# Without a server, the tests that need it are skipped, and say so.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
target=../../../node_modules/.cache/test-mongo

missing() { for tool in mvn javac; do command -v "$tool" >/dev/null || return 0; done; return 1; }
if missing; then
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo 'Maven and a JDK are needed for the test server: install them, then run this again' >&2
    exit 1
  fi
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends default-jdk-headless maven >/dev/null
fi

rm -rf "$target"
mkdir -p "$target/lib"
mvn -q -B -f pom.xml dependency:copy-dependencies -DoutputDirectory="$PWD/$target/lib"
javac -cp "$target/lib/*" -d "$target" TestMongo.java

if command -v go >/dev/null; then
  (cd ferretdb && CGO_ENABLED=0 GOTOOLCHAIN=local GOFLAGS=-mod=readonly go build -tags ferretdb_sqlite -o "../$target/ferretdb" .) ||
    echo 'FerretDB cannot be built here: the tests that need it will be skipped'
else
  echo 'Go is not installed: the tests that need FerretDB will be skipped'
fi
