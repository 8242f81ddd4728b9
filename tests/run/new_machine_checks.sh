# shellcheck shell=sh
# What the drill on a new machine looks at; read in by new_machine.sh, on that machine.

client_key=$(python3 -c 'import json; print(json.load(open("/etc/lienthong/secrets/client-motcua.json"))["key"])')
front=http://127.0.0.1:8080

# send NUMBER: one dossier, taken within a minute whatever is being restarted.
send() {
    code=000.00.16.H46-250310-000$1
    printf '{"specversion":"1.0","type":"vn.lienthong.dossier.recorded.v1","source":"urn:tinh:motcua","id":"hs-%s","subject":"%s",
"data":{"code":"%s","procedure":{"code":"1.001193","name":"Đăng ký khai sinh"},"agency":{"code":"000.00.16.H46",
"name":"Ủy ban nhân dân xã Thử Nghiệm"},"channel":"counter","applicant":{"kind":"citizen","name":"Nguyễn Thị Thử Nghiệm"},
"status":"received","received_at":"2025-03-10T08:30:00+07:00"}}' "$1" "$code" "$code" >/var/tmp/dossier.json
    curl -sS --fail-with-body --retry 30 --retry-delay 2 --retry-all-errors -H "Authorization: Bearer $client_key" \
        -H 'Content-Type: application/cloudevents+json' --data-binary @/var/tmp/dossier.json "$front/v1/messages" >/var/tmp/answer.json
    id=$(python3 -c 'import json; print(json.load(open("/var/tmp/answer.json"))["id"])')
    printf 'accepted %s\n' "$id"
}

# delivered: the last one, within two minutes.
delivered() {
    tries=0
    until curl -sS -H "Authorization: Bearer $client_key" "$front/v1/messages/$id" | grep -q '"state": *"delivered"'; do
        tries=$((tries + 1))
        [ "$tries" -lt 120 ] || {
            curl -sS -H "Authorization: Bearer $client_key" "$front/v1/messages/$id"
            tail -n 20 /run/drill-systemd/*.log
            return 1
        }
        sleep 1
    done
    printf 'delivered %s\n' "$id"
}

balanced() { lienthong balance --json | python3 -c 'import json, sys; sys.exit(json.load(sys.stdin)["balance"] != 0)'; }
