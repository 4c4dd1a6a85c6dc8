/* SPDX-License-Identifier: Apache-2.0 */
/* The system calls of the init program, with no C library: numbers are the kernel's own (asm/unistd.h). */
#pragma once

#include <asm/unistd.h>

#if defined(__x86_64__)

/* Enters at the first instruction with the kernel's initial stack, whose address becomes the argument. */
#define PROGRAM_START(function)               \
	__asm__(".text\n"                     \
		".global _start\n"            \
		".type _start, @function\n"   \
		"_start:\n"                   \
		"	xor %ebp, %ebp\n"           \
		"	mov %rsp, %rdi\n"           \
		"	and $-16, %rsp\n"           \
		"	call " #function "\n" \
		"	hlt\n"                      \
		".size _start, . - _start\n")

static inline long syscall5(long number, long a, long b, long c, long d, long e)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	long r;

	__asm__ volatile("syscall"
			 : "=a"(r)
			 : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8)
			 : "rcx", "r11", "memory");
	return r;
}

#elif defined(__aarch64__)

#define PROGRAM_START(function)             \
	__asm__(".text\n"                   \
		".global _start\n"          \
		".type _start, %function\n" \
		"_start:\n"                 \
		"	mov x29, #0\n"            \
		"	mov x30, #0\n"            \
		"	mov x0, sp\n"             \
		"	bl " #function "\n" \
		"	brk #1\n"                 \
		".size _start, . - _start\n")

static inline long syscall5(long number, long a, long b, long c, long d, long e)
{
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;

	__asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4) : "memory");
	return x0;
}

#else
#error "this architecture needs its PROGRAM_START and syscall5 here"
#endif

/* -errno where the call failed, as the kernel returns it. */
#define SYSCALL1(name, a) syscall5(__NR_##name, (long)(a), 0, 0, 0, 0)
#define SYSCALL2(name, a, b) syscall5(__NR_##name, (long)(a), (long)(b), 0, 0, 0)
#define SYSCALL3(name, a, b, c) syscall5(__NR_##name, (long)(a), (long)(b), (long)(c), 0, 0)
#define SYSCALL4(name, a, b, c, d) syscall5(__NR_##name, (long)(a), (long)(b), (long)(c), (long)(d), 0)
#define SYSCALL5(name, a, b, c, d, e) \
	syscall5(__NR_##name, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e))
