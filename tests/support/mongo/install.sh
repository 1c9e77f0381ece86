#!/usr/bin/env bash
# Fetches and builds the MongoDB-compatible server for the tests that need one, into node_modules/.cache/test-mongo. It needs
# Maven and a JDK; as root on Debian it installs them. Without it, those tests are skipped, and say so.
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
