/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * FreeRTOS.h: as much of the interface as the port uses, for a test on the host. The
 * tick is of 16 bits, the width with which most can go wrong.
 */
#ifndef TEST_FAKE_FREERTOS_H
#define TEST_FAKE_FREERTOS_H

#include <assert.h>
#include <stdint.h>

typedef long BaseType_t;
typedef uint16_t TickType_t;
typedef struct fake_mutex *SemaphoreHandle_t;

#define pdTRUE			1
#define portMAX_DELAY		((TickType_t)0xffff)
#define configTICK_RATE_HZ	1024
#define configUSE_RECURSIVE_MUTEXES 1
#define configASSERT(x)		assert(x)

TickType_t xTaskGetTickCount(void);
void vTaskDelay(TickType_t ticks);
BaseType_t xSemaphoreTakeRecursive(SemaphoreHandle_t mutex, TickType_t ticks);
BaseType_t xSemaphoreGiveRecursive(SemaphoreHandle_t mutex);

#endif
