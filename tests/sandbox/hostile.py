"""Candidates that mean harm, as expressions that stand in a `return`. VICTIM and PORT are put in by the test."""

from __future__ import annotations

FOREVER = "for _ in iter(int, 1)"

HOSTILE = {
    "fork bomb": f"[__import__('os').fork() {FOREVER}]",
    "fork once": "__import__('os').fork() and 1",
    "program": "__import__('subprocess').run(['/bin/sh', '-c', 'echo gone > VICTIM']).returncode or 1",
    "shell": "__import__('os').system('rm VICTIM') or 1",
    "exec": "__import__('os').execv('/bin/rm', ['rm', 'VICTIM'])",
    "memory at once": "len(bytearray(1 << 36)) and 1",
    "memory bit by bit": f"len([bytearray(1 << 20) {FOREVER}])",
    "one large file": "open('/tmp/astral-large', 'wb').write(bytes(1 << 24)) and 1",
    "many files": "[open('/tmp/astral-%d' % n, 'wb').write(bytes(1 << 19)) for n in range(100)] and 1",
    "network": "__import__('socket').create_connection(('127.0.0.1', PORT), 1) and 1",
    "datagram": "__import__('socket').socket(__import__('socket').AF_INET, __import__('socket').SOCK_DGRAM).sendto(b'x', ('127.0.0.1', PORT)) and 1",
    "write outside": "open('VICTIM', 'w').write('gone') and 1",
    "append outside": "open('VICTIM', 'a').write('gone') and 1",
    "delete": "__import__('os').remove('VICTIM') or 1",
    "rename": "__import__('os').rename('VICTIM', 'VICTIM.gone') or 1",
    "truncate": "__import__('os').truncate('VICTIM', 0) or 1",
    "mode": "__import__('os').chmod('VICTIM', 0) or 1",
    "new folder": "__import__('os').mkdir('VICTIM.folder') or 1",
    "remove folder": "__import__('shutil').rmtree(__import__('os').path.dirname('VICTIM')) or 1",
    "symbolic link": "__import__('os').symlink('/etc/passwd', 'VICTIM.link') or 1",
    "through a link": "[__import__('os').symlink('VICTIM', '/tmp/astral-link'), open('/tmp/astral-link', 'w').write('gone')] and 1",
    "hard link": "__import__('os').link('VICTIM', 'VICTIM.hard') or 1",
    "remount": "1 if __import__('ctypes').CDLL(None).mount(None, b'/', None, 4096 | 32, None) == 0 else 0",
    "new namespace": "1 if __import__('ctypes').CDLL(None).unshare(0x10000000) == 0 else 0",
    "signal the parent": "__import__('os').kill(__import__('os').getppid(), 9) or 1",
    "signal the first process": "__import__('os').kill(1, 9) or 1",
    "signal everyone": "__import__('os').kill(-1, 9) or 1",
    "signal the group": "__import__('os').killpg(0, 9) or 1",
    "limit the parent": "__import__('resource').prlimit(__import__('os').getppid(), 0, (0, 0)) and 1",
    "endless loop": f"[None {FOREVER}]",
    "endless loop in C": "sum(iter(int, 1))",
    "sleep": "__import__('time').sleep(3600) or 1",
    "much output": f"[print('x' * 1000) {FOREVER}]",
    "output past Python": f"[__import__('os').write(1, b'x' * 1000) {FOREVER}]",
    "noise on every pipe": "[__import__('contextlib').suppress(OSError).__enter__(), [__import__('os').write(n, b'[[\"held\", \"\"]]\\n') for n in range(3, 6)]] and 0",
    "close every pipe": "__import__('os').closerange(0, 128) or 1",
    "deep recursion": "(lambda f: f(f))(lambda f: f(f))",
    "deeper recursion": "[__import__('sys').setrecursionlimit(1 << 30), (lambda f: f(f))(lambda f: f(f))]",
    "exit": "__import__('sys').exit(0)",
    "exit at once": "__import__('os')._exit(0)",
    "abort": "__import__('os').abort()",
    "null pointer": "__import__('ctypes').string_at(0)",
    "no limits": "__import__('resource').setrlimit(9, (-1, -1)) or 0",
    "a huge power": "9 ** 9 ** 9 ** 9",
}
"""None of these makes the example hold: what it tries is denied, or takes its process with it."""

OUTLIVES = "[__import__('threading').Thread(target=__import__('time').sleep, args=[3600]).start(), 1][1]"
"""Gives what is wanted, and leaves a thread behind that never ends."""

SWALLOWS = """def one():
    while True:
        try:
            while True:
                pass
        except BaseException:
            pass
"""
"""An endless loop that catches whatever stops it."""
