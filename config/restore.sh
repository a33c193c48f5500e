#!/usr/bin/env bash
# Restore a backup made by backup.sh into a new database.
#
#   DATA_DIR=/var/lib/odoo config/restore.sh /var/backups/cdg47/cdg47-20270101-023000 cdg47
#
# An existing database of that name is refused: rename it first (ALTER DATABASE), so that
# nothing is lost by a mistake. Add --neutralize for a test copy: no mail leaves it, no
# cron runs in it.
#
# Indexes use unaccent(), which only a superuser may declare immutable: ADMIN_PSQL says
# how to be one, for instance "sudo -u postgres psql".
set -euo pipefail
umask 077

: "${DATA_DIR:=/var/lib/odoo}"
: "${ADMIN_PSQL:=psql}"
if [ $# -lt 2 ]; then
    echo "Usage : restore.sh <dossier de sauvegarde> <base> [--neutralize]" >&2
    exit 2
fi
source=$1 database=$2 option=${3:-}

(cd "$source" && sha256sum --check --quiet SHA256SUMS)
if psql -XAtq -d postgres -c "SELECT datname FROM pg_database" | grep -qxF "$database"
then
    echo "La base « $database » existe déjà ; renommez-la d'abord." >&2
    exit 1
fi
files="$DATA_DIR/filestore/$database"
if [ -e "$files" ]; then
    echo "Le dossier $files existe déjà ; déplacez-le d'abord." >&2
    exit 1
fi

createdb --template=template0 --encoding=UTF8 "$database"
trap 'dropdb --if-exists "$database"; rm -rf "$files"' ERR
$ADMIN_PSQL -Xq -v ON_ERROR_STOP=1 -d "$database" > /dev/null <<'SQL'
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS unaccent;
ALTER FUNCTION unaccent(text) IMMUTABLE;
SQL
pg_restore --no-owner --no-comments --exit-on-error --dbname="$database" "$source/database.dump"
mkdir -p "$files"
tar --extract --gzip --file="$source/filestore.tar.gz" --directory="$files" \
    --strip-components=1
if [ "$option" = --neutralize ]; then
    "${ODOO:-odoo}" neutralize --database "$database"
fi

users=$(psql -XAtq -d "$database" -c "SELECT count(*) FROM res_users")
echo "Base « $database » restaurée : $users utilisateurs, $(find "$files" -type f | wc -l) documents."
