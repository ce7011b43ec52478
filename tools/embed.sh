#!/bin/sh
# Write an assembler file that embeds FILES as PREFIX_table[]: {name, begin, end} per file,
# ended by a row of NULLs. usage: tools/embed.sh PREFIX FILE...
set -eu
prefix=$1
shift
echo '	.section .rodata'
i=0
for file in "$@"; do
	printf '%s_name_%d:\n\t.asciz "%s"\n' "$prefix" "$i" "$(basename "$file")"
	printf '%s_begin_%d:\n\t.incbin "%s"\n' "$prefix" "$i" "$file"
	printf '%s_end_%d:\n\t.byte 0\n' "$prefix" "$i"
	i=$((i + 1))
done
printf '\t.section .data.rel.ro,"aw"\n\t.balign 8\n\t.globl %s_table\n%s_table:\n' "$prefix" "$prefix"
n=0
while [ "$n" -lt "$i" ]; do
	printf '\t.quad %s_name_%d, %s_begin_%d, %s_end_%d\n' "$prefix" "$n" "$prefix" "$n" "$prefix" "$n"
	n=$((n + 1))
done
printf '\t.quad 0, 0, 0\n\t.section .note.GNU-stack,"",@progbits\n'
