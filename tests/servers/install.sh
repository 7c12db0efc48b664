#!/bin/sh
# Install what the tests of the gateways run as their own children, and keep it from starting as a service.
policy=/usr/sbin/policy-rc.d

for server in sshd:openssh-server:ssh vsftpd:vsftpd:vsftpd dovecot:dovecot-imapd:dovecot; do
    program=${server%%:*} service=${server##*:}
    package=${server#*:} package=${package%%:*}
    test -x "/usr/sbin/$program" && continue
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
        echo "$program is missing: install it for the tests of the gateways (apt install $package)."
        continue
    fi
    echo "Installing $package"
    made=
    test -e $policy || { printf '#!/bin/sh\nexit 101\n' >$policy && chmod +x $policy && made=$policy; }
    apt-get update -qq && apt-get install -y -qq "$package" >/dev/null
    test -z "$made" || rm "$made"
    ! command -v systemctl >/dev/null || systemctl disable -q $service || true
done
exit 0
