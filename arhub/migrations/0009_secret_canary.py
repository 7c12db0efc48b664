from django.db import migrations, models

import arhub.secrets.fields


class Migration(migrations.Migration):

    dependencies = [
        ('arhub', '0008_api_keys'),
    ]

    operations = [
        migrations.CreateModel(
            name='SecretCanary',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('value', arhub.secrets.fields.SecretField()),
                ('made_at', models.DateTimeField(auto_now_add=True)),
            ],
        ),
    ]
