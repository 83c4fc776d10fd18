/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The secure UART, which carries the relay's log and the bell, and the secure GPIO, whose first two
 * pins are the machine's power switch.
 */
#include "relay.h"

#define UART_DR	  (SECURE_UART + 0x00)
#define UART_FR	  (SECURE_UART + 0x18)
#define UART_LCRH (SECURE_UART + 0x2c)
#define UART_CR	  (SECURE_UART + 0x30)
#define UART_IMSC (SECURE_UART + 0x38)
#define UART_ICR  (SECURE_UART + 0x44)
#define FR_RXFE	  0x10u
#define FR_TXFF	  0x20u
#define RX_IRQ	  0x10u

#define GPIO_DIR    (SECURE_GPIO + 0x400)
#define GPIO_PIN(n) (SECURE_GPIO + (1u << ((n) + 2))) /* the address selects the pins written */

void console_init(void)
{
	write32(UART_CR, 0);
	write32(UART_LCRH, 0x60); /* 8 bits; no FIFO: each received byte interrupts */
	write32(UART_ICR, 0x7ff);
	write32(UART_IMSC, RX_IRQ);
	write32(UART_CR, 0x301);
}

static void put(uint32_t byte)
{
	while (read32(UART_FR) & FR_TXFF)
		;
	write32(UART_DR, byte);
}

void console_bell(void)
{
	put(MAILBOX_BELL);
}

void console_text(const char *text)
{
	for (; *text; text++)
		put((uint32_t)*text & 0x7f);
}

void console_hex(uint64_t value)
{
	int shift = 60;

	while (shift > 0 && !(value >> shift))
		shift -= 4;
	for (; shift >= 0; shift -= 4)
		put((uint32_t) "0123456789abcdef"[value >> shift & 15]);
}

void console_number(uint32_t value)
{
	if (value > 9)
		console_number(value / 10);
	put('0' + value % 10);
}

/* Takes the server's bells; their line is up until the last byte is read. */
void console_drain(void)
{
	while (!(read32(UART_FR) & FR_RXFE))
		(void)read32(UART_DR);
	write32(UART_ICR, RX_IRQ);
}

static void __attribute__((noreturn)) switch_power(uint32_t pin)
{
	dsb();
	write32(GPIO_DIR, 3);
	write32(GPIO_PIN(pin), 1u << pin);
	for (;;)
		__asm__ volatile("wfi");
}

void power_off(void)
{
	switch_power(0);
}

void power_reset(void)
{
	switch_power(1);
}
