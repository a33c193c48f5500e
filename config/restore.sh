#!/usr/bin/env bash
# Restore a backup made by backup.sh into a new database, with the collation it had.
#
#   ADMIN_PSQL="sudo -u postgres psql" AS_OWNER="sudo -u odoo" DATA_DIR=/var/lib/odoo \
#       config/restore.sh /var/backups/cdg47/cdg47-20270101-023000 cdg47
#
# ADMIN_PSQL is how to be a superuser of PostgreSQL: it creates the database, whose owner
# needs no right to create any, and its extensions (only a superuser may declare
# unaccent() immutable). AS_OWNER is how to be the account that runs Odoo: empty, the one
# that runs this script.
#
# An existing database of that name is refused: rename it first (ALTER DATABASE), so that
# nothing is lost by a mistake. Add --neutralize for a test copy: no mail leaves it, no
# cron runs in it. What is restored is kept, even when neutralizing it fails.
set -euo pipefail
umask 077

: "${DATA_DIR:=/var/lib/odoo}"
: "${ADMIN_PSQL:=psql}"
: "${AS_OWNER:=}"
: "${ODOO:=odoo}"
if [ $# -lt 2 ]; then
    echo "Usage : restore.sh <dossier de sauvegarde> <base> [--neutralize]" >&2
    exit 2
fi
source=$1 database=$2 option=${3:-}

if [ "$option" = --neutralize ] && ! $AS_OWNER command -v "$ODOO" > /dev/null \
    && ! $AS_OWNER test -x "$ODOO"
then
    echo "« $ODOO » est introuvable : donnez ODOO=…/bin/odoo pour --neutralize." >&2
    exit 2
fi
(cd "$source" && sha256sum --check --quiet SHA256SUMS)
owner=$($AS_OWNER psql -XAtq -d postgres -c "SELECT current_user")
if $AS_OWNER psql -XAtq -d postgres -c "SELECT datname FROM pg_database" \
    | grep -qxF "$database"
then
    echo "La base « $database » existe déjà ; renommez-la d'abord." >&2
    exit 1
fi
files="$DATA_DIR/filestore/$database"
if $AS_OWNER test -e "$files"; then
    echo "Le dossier $files existe déjà ; déplacez-le d'abord." >&2
    exit 1
fi

# The archive says how its names were sorted: CREATE DATABASE … LOCALE_PROVIDER = icu …
sorted=$(pg_restore --create --section=pre-data --file=- "$source/database.dump" \
    | sed -n 's/^CREATE DATABASE .* WITH TEMPLATE = template0 \(.*\);$/\1/p' | head -n 1)
admin() { $ADMIN_PSQL -Xq -v ON_ERROR_STOP=1 "$@" > /dev/null; }
admin -d postgres -v name="$database" -v owner="$owner" <<SQL
CREATE DATABASE :"name" WITH OWNER :"owner" TEMPLATE template0 ${sorted:-ENCODING 'UTF8'};
SQL
undo() {
    admin -d postgres -v name="$database" <<< 'DROP DATABASE IF EXISTS :"name";'
    $AS_OWNER rm -rf "$files"
}
trap undo ERR
admin -d "$database" <<'SQL'
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS unaccent;
ALTER FUNCTION unaccent(text) IMMUTABLE;
SQL
$AS_OWNER pg_restore --no-owner --no-comments --exit-on-error --dbname="$database" \
    < "$source/database.dump"
$AS_OWNER mkdir -p "$files"
$AS_OWNER tar --extract --gzip --directory="$files" --strip-components=1 \
    < "$source/filestore.tar.gz"
# From here on all is there: nothing undoes it.
trap - ERR
users=$($AS_OWNER psql -XAtq -d "$database" -c "SELECT count(*) FROM res_users")
documents=$($AS_OWNER find "$files" -type f | wc -l)
echo "Base « $database » restaurée : $users utilisateurs, $documents documents."
if [ "$option" = --neutralize ] \
    && ! $AS_OWNER "$ODOO" neutralize --database "$database"
then
    echo "La base « $database » est restaurée mais PAS neutralisée : ne la servez pas ;" \
        "relancez « $ODOO neutralize --database $database »." >&2
    exit 1
fi
