#!/bin/bash
# All trials of some maps, so many at a time: bench/recipes/all.sh <processes> <folder of work> <map> …
processes=$1 work=$2
shift 2
for map in "$@"; do
  node -e 'for (const trial of Object.keys(JSON.parse(require("fs").readFileSync("bench/recipes/trials.json", "utf8")).trials)) process.stdout.write(`${process.argv[1]}\0${trial}\0`)' "$map"
done | xargs -0 -n 2 -P "$processes" sh -c 'node bench/recipes.mjs --work "$0" --map "$1" --trial "$2"' "$work"
