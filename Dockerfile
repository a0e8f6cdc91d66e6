# One image for every worker and command: `docker run data-shunt router --settings /etc/shunt/shunt.json`.

FROM swift:6.3-bookworm AS build
WORKDIR /source
# Packages and models first: they change least, and this step is cached.
COPY scripts/packages.txt scripts/setup scripts/convert-image-encoder scripts/
RUN scripts/setup
COPY . .
RUN swift build --configuration release --product ShuntTorch \
 && swift build --configuration release --product shunt
# The example task's models, so that the first `docker compose up` has something to answer with.
RUN apt-get -qq update \
 && .build/release/shunt experiment debian-sections --output examples/debian-sections \
 && mkdir -p /staging/program /staging/home \
 && cp .build/release/shunt .build/release/libShuntTorch.so /staging/program/ \
 && find .build/release/ -maxdepth 1 -name '*.resources' -exec cp -R {} /staging/program/ \; \
 && cp -R .models examples /staging/home/

# Debian 12 with Swift's runtime libraries and no compiler.
FROM swift:6.3-bookworm-slim
COPY scripts/packages.txt /tmp/
RUN apt-get -qq update \
 && DEBIAN_FRONTEND=noninteractive apt-get -qq install --yes --no-install-recommends \
      $(awk '$1 == "run" { print $2 }' /tmp/packages.txt) \
 && rm -rf /var/lib/apt/lists/* /tmp/packages.txt \
 && useradd --system --uid 10001 --home-dir /var/lib/shunt --create-home --shell /usr/sbin/nologin shunt
COPY --from=build /staging/program/ /opt/shunt/
COPY --from=build --chown=shunt /staging/home/ /var/lib/shunt/
COPY docker/shunt.json /etc/shunt/shunt.json
ENV PATH=/opt/shunt:$PATH
USER shunt
WORKDIR /var/lib/shunt
EXPOSE 8080
# Ready, not only alive: compose and Swarm wait for it before they go on.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["shunt", "check", "--health", "http://127.0.0.1:8080/readyz"]
ENTRYPOINT ["shunt"]
CMD ["--help"]
