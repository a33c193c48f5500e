#!/usr/bin/env bash
# Save the database and its documents together, in one folder named by the date, and
# verify them. PostgreSQL is reached by the usual variables (PGHOST, PGUSER…).
#
#   DB_NAME=cdg47 DATA_DIR=/var/lib/odoo BACKUP_DIR=/var/backups/cdg47 config/backup.sh
#
# The service need not stop. The dump is taken first: Odoo never changes a stored file
# and deletes unused ones days later, so the files copied after it hold every document
# that it names.
set -euo pipefail
umask 077

: "${DB_NAME:=cdg47}"
: "${DATA_DIR:=/var/lib/odoo}"
: "${BACKUP_DIR:=/var/backups/cdg47}"
: "${KEEP_DAYS:=30}"

name="$DB_NAME-$(date +%Y%m%d-%H%M%S)"
draft="$BACKUP_DIR/.$name"
target="$BACKUP_DIR/$name"
mkdir -p "$draft"
trap 'rm -rf "$draft"' EXIT

pg_dump --format=custom --no-owner --file="$draft/database.dump" "$DB_NAME"
mkdir -p "$DATA_DIR/filestore/$DB_NAME"
tar --create --gzip --file="$draft/filestore.tar.gz" \
    --directory="$DATA_DIR/filestore" "$DB_NAME"

# Verify: the dump can be listed, the archive read, and each document found in it.
pg_restore --list "$draft/database.dump" > /dev/null
tar --list --file="$draft/filestore.tar.gz" | sed "s|^$DB_NAME/||" | sort \
    > "$draft/files"
pg_restore --data-only --table=ir_attachment --file=- "$draft/database.dump" \
    | grep -oE $'\t[0-9a-f]{2}/[0-9a-f]{40}\t' | tr -d '\t' | sort -u \
    > "$draft/wanted" || true
missing=$(comm -13 "$draft/files" "$draft/wanted" | wc -l)
documents=$(wc -l < "$draft/wanted")
rm "$draft/files" "$draft/wanted"
if [ "$missing" -gt 0 ]; then
    echo "Sauvegarde refusée : $missing document(s) sur $documents manquent." >&2
    exit 1
fi
(cd "$draft" && sha256sum database.dump filestore.tar.gz > SHA256SUMS)

mv "$draft" "$target"
find "$BACKUP_DIR" -mindepth 1 -maxdepth 1 -type d -name "$DB_NAME-*" \
    -mtime "+$KEEP_DAYS" -exec rm -rf {} +
echo "Sauvegarde vérifiée : $target ($documents documents, $(du -sh "$target" | cut -f1))"
