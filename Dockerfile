# syntax=docker/dockerfile:1

# The pages: third-party files by lock file, bundled. No install script runs.
FROM node:20.20.2-bookworm-slim AS web
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY scripts/build-web.mjs scripts/
COPY public public
RUN npm run build

# The program: static, with the pages inside. The repository's history is in
# the context so that the build can stamp the version.
FROM golang:1.26.8-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
COPY --from=web /src/public/dist public/dist
RUN CGO_ENABLED=0 go build -trimpath -o /out/everwire .

# What runs. A shell needs something to run in, so this is a small Debian and
# not an empty image. The account has no password and owns nothing but its home.
FROM debian:12.12-slim AS runtime
RUN useradd --uid 10001 --user-group --create-home --shell /bin/bash everwire
COPY --from=build /out/everwire /usr/local/bin/everwire
USER 10001:10001
WORKDIR /home/everwire
ENV LANG=C.UTF-8
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=5s --retries=3 CMD ["everwire", "health"]
ENTRYPOINT ["everwire"]
